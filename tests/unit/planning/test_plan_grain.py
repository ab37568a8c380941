"""Series over time and trends."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "今年每月的销售额": {"metrics": "gmv_paid", "window": "2026-01-01..2026-10-31", "grain": "month"},
    "近7天每天的订单数": {"metrics": "paid_order_count", "window": "2026-10-25..2026-10-31", "grain": "day"},
    "9月按周看销售额": {"metrics": "gmv_paid", "window": "2026-09-01..2026-09-30", "grain": "week"},
    "上半年销售额趋势": {"metrics": "gmv_paid", "window": "2026-01-01..2026-06-30", "grain": "month"},
    "各季度的退款金额今年": {"metrics": "refund_amount", "window": "2026-01-01..2026-10-31", "grain": "quarter"},
    "今年各季度净销售额": {"metrics": "net_sales", "window": "2026-01-01..2026-10-31", "grain": "quarter"},
    "9月各渠道每天的订单数": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "grain": "day",
        "dimensions": "channel",
    },
    "monthly sales this year": {"metrics": "gmv_paid", "window": "2026-01-01..2026-10-31", "grain": "month"},
    "daily orders over the last 7 days": {
        "metrics": "paid_order_count",
        "window": "2026-10-25..2026-10-31",
        "grain": "day",
    },
    "weekly buyers in September 2026": {"metrics": "buyers", "window": "2026-09-01..2026-09-30", "grain": "week"},
    "sales by month in 2026": {"metrics": "gmv_paid", "window": "2026-01-01..2026-10-31", "grain": "month"},
    "quarterly net sales this year": {"metrics": "net_sales", "window": "2026-01-01..2026-10-31", "grain": "quarter"},
    "weekly orders in September 2026 by channel": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "grain": "week",
        "dimensions": "channel",
    },
    "sales trend in the first half of 2026": {
        "metrics": "gmv_paid",
        "window": "2026-01-01..2026-06-30",
        "grain": "month",
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
