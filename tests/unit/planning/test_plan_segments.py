"""Named groups of people and tags."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "上个月沉睡会员有多少": {"metrics": "customer_total", "window": "2026-09-01..2026-09-30", "segments": ["dormant"]},
    "沉睡会员的人数": {"metrics": "customer_total", "window": "2026-10-31..2026-10-31", "segments": ["dormant"]},
    "高价值会员上个月的销售额": {"metrics": "gmv_paid", "window": "2026-09-01..2026-09-30", "segments": ["high_value"]},
    "企微好友9月的订单数": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "segments": ["wecom_friend"],
    },
    "上个月非高价值会员的销售额": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "segments": ["not high_value"],
    },
    "上个月不是沉睡会员的买家数": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "segments": ["not dormant"],
    },
    "价格敏感客户9月的客单价": {"metrics": "aov", "window": "2026-09-01..2026-09-30", "segments": ["coupon_sensitive"]},
    "上个月各渠道高价值会员的销售额": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "segments": ["high_value"],
    },
    "敏感肌会员上个月的销售额": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["is_member eq member"],
        "people": ["tagged_people ge 1 [tag_value eq 敏感] ..2026-10-31"],
    },
    "标签值为抗老的会员数": {
        "metrics": "member_count",
        "window": "2026-10-31..2026-10-31",
        "people": ["tagged_people ge 1 [tag_value eq 抗老] ..2026-10-31"],
    },
    "how many dormant customers do we have": {
        "metrics": "customer_total",
        "window": "2026-10-31..2026-10-31",
        "segments": ["dormant"],
    },
    "sales from high-value members last month": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "segments": ["high_value"],
    },
    "sales from dormant members last month": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "segments": ["dormant"],
    },
    "loyal customers' sales last month": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "segments": ["loyal_customers"],
    },
    "lost customers": {"metrics": "customer_total", "window": "2026-10-31..2026-10-31", "segments": ["lost"]},
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
