"""Conditions on rows: values, exclusions, comparisons of numbers, ranges."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "9月抖音的销售额": {"metrics": "gmv_paid", "window": "2026-09-01..2026-09-30", "filters": ["channel eq douyin"]},
    "9月除了门店以外的销售额": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["channel ne store"],
    },
    "9月抖音和天猫的订单数": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "filters": ["channel in douyin|tmall"],
    },
    "上个月注册渠道为抖音的会员数": {
        "metrics": "member_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["register_channel eq douyin"],
    },
    "订单金额大于500的订单数上个月": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["order_amount gt 500"],
    },
    "上个月订单金额在200到500之间的订单数": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["order_amount between 200|500"],
    },
    "9月25到35岁会员的销售额": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["age between 25|35", "is_member eq member"],
    },
    "9月华东门店的销售额": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["channel eq store", "store_region eq 华东"],
    },
    "500元以上的订单数9月": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["order_amount ge 500"],
    },
    "9月300元以内的订单有多少": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["order_amount le 300"],
    },
    "30岁以上会员9月的客单价": {
        "metrics": "aov",
        "window": "2026-09-01..2026-09-30",
        "filters": ["age ge 30", "is_member eq member"],
    },
    "9月的销售额,只看周末": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["is_weekend eq weekend"],
    },
    "Tmall sales last month": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["channel eq tmall"],
    },
    "sales last month excluding Douyin": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["channel ne douyin"],
    },
    "orders over 500 yuan in September 2026": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["order_amount gt 500"],
    },
    "paid orders from gold members last month": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["member_tier eq gold"],
    },
    "orders below 100 yuan last month": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["order_amount lt 100"],
    },
    "orders between 200 and 500 yuan last month": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["order_amount between 200|500"],
    },
    "sales last month not in store": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["channel ne store"],
    },
    "age between 25 and 35 member buyers last month": {
        "metrics": "member_buyers",
        "window": "2026-09-01..2026-09-30",
        "filters": ["age between 25|35"],
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
