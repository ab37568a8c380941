"""Calendar, rolling and promo windows inside whole questions."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "去年双11的销售额": {"metrics": "gmv_paid", "window": "2025-10-20..2025-11-11"},
    "国庆期间的订单数": {"metrics": "paid_order_count", "window": "2026-10-01..2026-10-07"},
    "2026年3月5日的买家数": {"metrics": "buyers", "window": "2026-03-05..2026-03-05"},
    "上周的退款金额": {"metrics": "refund_amount", "window": "2026-10-19..2026-10-25"},
    "9月1日到9月15日的销售额": {"metrics": "gmv_paid", "window": "2026-09-01..2026-09-15"},
    "本月的订单数": {"metrics": "paid_order_count", "window": "2026-10-01..2026-10-31"},
    "8月和9月的销售额": {"metrics": "gmv_paid", "window": "2026-08-01..2026-09-30", "grain": "month"},
    "sales on October 1 2026": {"metrics": "gmv_paid", "window": "2026-10-01..2026-10-01"},
    "buyers during Double 11 2025": {"metrics": "buyers", "window": "2025-10-20..2025-11-11"},
    "orders between September 1 and September 15, 2026": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-15",
    },
    "sales year to date": {"metrics": "gmv_paid", "window": "2026-01-01..2026-10-31"},
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
