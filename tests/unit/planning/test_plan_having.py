"""Conditions on groups and on persons."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "9月GMV超过10万的门店": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "store",
        "filters": ["store not_null"],
        "having": ["gmv_paid gt 100000"],
    },
    "9月下过3单以上的会员有多少": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "filters": ["is_member eq member"],
        "people": ["paid_order_count ge 3 [] 2026-09-01..2026-09-30"],
    },
    "上个月消费满1000元的会员有多少": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "filters": ["is_member eq member"],
        "people": ["gmv_paid ge 1000 [] 2026-09-01..2026-09-30"],
    },
    "9月订单数少于10的门店有哪些": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "store",
        "filters": ["store not_null"],
        "having": ["paid_order_count lt 10"],
    },
    "退款率高于5%的渠道上个月": {
        "metrics": "refund_rate",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "having": ["refund_rate gt 0.05"],
    },
    "上个月买家数在100到500之间的渠道": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "having": ["buyers between 100|500"],
    },
    "9月销量不低于100件的商品": {
        "metrics": "items_sold",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "product",
        "having": ["items_sold ge 100"],
    },
    "how many members placed at least 3 orders last month": {
        "metrics": "member_buyers",
        "window": "2026-09-01..2026-09-30",
        "people": ["paid_order_count ge 3 [] 2026-09-01..2026-09-30"],
    },
    "categories with more than 100 units sold in September 2026": {
        "metrics": "items_sold",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "category",
        "having": ["items_sold gt 100"],
    },
    "channels with at least 50 orders last month": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "having": ["paid_order_count ge 50"],
    },
    "stores with more than 20 orders in September 2026": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "store",
        "filters": ["store not_null"],
        "having": ["paid_order_count gt 20"],
    },
    "channels with sales above 50000 last month": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "having": ["gmv_paid gt 50000"],
    },
    "products with fewer than 10 units sold last month": {
        "metrics": "items_sold",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "product",
        "having": ["items_sold lt 10"],
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
