"""One or several metrics in a window, distinct people among them."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "上个月的销售额": {"metrics": "gmv_paid", "window": "2026-09-01..2026-09-30"},
    "9月净销售额和订单数": {"metrics": "net_sales paid_order_count", "window": "2026-09-01..2026-09-30"},
    "昨天有多少买家": {"metrics": "buyers", "window": "2026-10-30..2026-10-30"},
    "近30天客单价": {"metrics": "aov", "window": "2026-10-02..2026-10-31"},
    "今年618的退款率": {"metrics": "refund_rate", "window": "2026-05-31..2026-06-20"},
    "现在的会员数": {"metrics": "member_count", "window": "2026-10-31..2026-10-31"},
    "上个月的销售额、订单数、客单价": {"metrics": "gmv_paid paid_order_count aov", "window": "2026-09-01..2026-09-30"},
    "9月的买家数": {"metrics": "buyers", "window": "2026-09-01..2026-09-30"},
    "paid GMV last month": {"metrics": "gmv_paid", "window": "2026-09-01..2026-09-30"},
    "orders and buyers in September 2026": {"metrics": "paid_order_count buyers", "window": "2026-09-01..2026-09-30"},
    "how many members do we have": {"metrics": "member_count", "window": "2026-10-31..2026-10-31"},
    "refund rate in Q3 2026": {"metrics": "refund_rate", "window": "2026-07-01..2026-09-30"},
    "average order value yesterday": {"metrics": "amount_per_order", "window": "2026-10-30..2026-10-30"},
    "net sales last week": {"metrics": "net_sales", "window": "2026-10-19..2026-10-25"},
    "distinct buyers last month": {"metrics": "buyers", "window": "2026-09-01..2026-09-30"},
    "anonymous orders last month": {"metrics": "anonymous_order_count", "window": "2026-09-01..2026-09-30"},
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
