"""New and existing customers, new members, anonymous buyers."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "上个月新客数": {"metrics": "new_customers", "window": "2026-09-01..2026-09-30"},
    "9月老客销售额占比": {"metrics": "existing_customer_gmv_share", "window": "2026-09-01..2026-09-30"},
    "9月新客的销售额": {"metrics": "gmv_paid", "window": "2026-09-01..2026-09-30", "filters": ["customer_type eq new"]},
    "上个月各渠道的新客数": {"metrics": "new_customers", "window": "2026-09-01..2026-09-30", "dimensions": "channel"},
    "上个月新老客的销售额": {"metrics": "gmv_paid", "window": "2026-09-01..2026-09-30", "dimensions": "customer_type"},
    "9月新客的订单数": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["customer_type eq new"],
    },
    "9月各渠道新客占比": {"metrics": "new_customer_share", "window": "2026-09-01..2026-09-30", "dimensions": "channel"},
    "上季度老客的客单价": {
        "metrics": "aov",
        "window": "2026-07-01..2026-09-30",
        "filters": ["customer_type eq existing"],
    },
    "上个月新增会员有多少": {"metrics": "new_members", "window": "2026-09-01..2026-09-30"},
    "9月散客的订单数": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["customer_type eq anonymous"],
    },
    "new customers last month": {"metrics": "new_customers", "window": "2026-09-01..2026-09-30"},
    "sales from existing customers in September 2026": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["customer_type eq existing"],
    },
    "GMV from new customers by channel last month": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "filters": ["customer_type eq new"],
    },
    "new members last month": {"metrics": "new_members", "window": "2026-09-01..2026-09-30"},
    "existing customers last month": {"metrics": "existing_customers", "window": "2026-09-01..2026-09-30"},
    "orders from existing customers in September 2026": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["customer_type eq existing"],
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
