"""Period over period, year over year, promo against promo."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "上个月GMV环比怎么样": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "compare": ["prior_period 2026-08-01..2026-08-31"],
    },
    "上个月GMV同比": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "compare": ["prior_year 2025-09-01..2025-09-30"],
    },
    "今年618的GMV和去年618比": {
        "metrics": "gmv_paid",
        "window": "2026-05-31..2026-06-20",
        "compare": ["promo 2025-05-31..2025-06-20"],
    },
    "9月订单数比8月涨了多少": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "compare": ["custom 2026-08-01..2026-08-31"],
    },
    "上个月各渠道的销售额环比和同比": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "compare": ["prior_period 2026-08-01..2026-08-31", "prior_year 2025-09-01..2025-09-30"],
    },
    "上个月抖音和天猫的会员复购人数各是多少,环比怎么样": {
        "metrics": "member_repurchase_buyers",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "filters": ["channel in douyin|tmall"],
        "compare": ["prior_period 2026-08-01..2026-08-31"],
    },
    "昨天销售额同比": {
        "metrics": "gmv_paid",
        "window": "2026-10-30..2026-10-30",
        "compare": ["prior_year 2025-10-30..2025-10-30"],
    },
    "近7天销售额环比": {
        "metrics": "gmv_paid",
        "window": "2026-10-25..2026-10-31",
        "compare": ["prior_period 2026-10-18..2026-10-24"],
    },
    "本月销售额和上月比": {
        "metrics": "gmv_paid",
        "window": "2026-10-01..2026-10-31",
        "compare": ["prior_period 2026-09-01..2026-09-30"],
    },
    "去年双11和前年双11的GMV对比": {
        "metrics": "gmv_paid",
        "window": "2025-10-20..2025-11-11",
        "compare": ["promo 2024-10-21..2024-11-11"],
    },
    "sales last month vs prior period": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "compare": ["prior_period 2026-08-01..2026-08-31"],
    },
    "sales last month vs the same month last year": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "compare": ["prior_year 2025-09-01..2025-09-30"],
    },
    "orders in September 2026 compared with August 2026": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "compare": ["custom 2026-08-01..2026-08-31"],
    },
    "gmv in Double 11 2025 vs Double 11 2024": {
        "metrics": "gmv_paid",
        "window": "2025-10-20..2025-11-11",
        "compare": ["promo 2024-10-21..2024-11-11"],
    },
    "sales in September 2026 year over year": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "compare": ["prior_year 2025-09-01..2025-09-30"],
    },
    "orders last week vs the week before": {
        "metrics": "paid_order_count",
        "window": "2026-10-19..2026-10-25",
        "compare": ["prior_period 2026-10-12..2026-10-18"],
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
