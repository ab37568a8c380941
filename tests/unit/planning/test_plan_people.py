"""People by what they did: distinct buyers, so many times, so much money, only here, here and there."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "上个月有多少人在抖音买过": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "people": ["paid_order_count ge 1 [channel eq douyin] 2026-09-01..2026-09-30"],
    },
    "9月下单的会员有多少人": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "filters": ["is_member eq member"],
    },
    "上个月买了两次以上的客户数": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "people": ["paid_order_count ge 2 [] 2026-09-01..2026-09-30"],
    },
    "9月在门店消费过的人数": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "people": ["paid_order_count ge 1 [channel eq store] 2026-09-01..2026-09-30"],
    },
    "今年只在天猫买过的会员有多少": {
        "metrics": "buyers",
        "window": "2026-01-01..2026-10-31",
        "filters": ["is_member eq member"],
        "people": [
            "not paid_order_count ge 1 [channel ne tmall] 2026-01-01..2026-10-31",
            "paid_order_count ge 1 [channel eq tmall] 2026-01-01..2026-10-31",
        ],
    },
    "既在天猫又在门店买过的会员有多少今年": {
        "metrics": "buyers",
        "window": "2026-01-01..2026-10-31",
        "filters": ["is_member eq member"],
        "people": [
            "paid_order_count ge 1 [channel eq store] 2026-01-01..2026-10-31",
            "paid_order_count ge 1 [channel eq tmall] 2026-01-01..2026-10-31",
        ],
    },
    "上个月买过精华的人的客单价": {
        "metrics": "aov",
        "window": "2026-09-01..2026-09-30",
        "people": ["product_orders ge 1 [category eq 精华] 2026-09-01..2026-09-30"],
    },
    "how many people bought on Tmall last month": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "people": ["paid_order_count ge 1 [channel eq tmall] 2026-09-01..2026-09-30"],
    },
    "how many customers bought at least twice in September 2026": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "people": ["paid_order_count ge 2 [] 2026-09-01..2026-09-30"],
    },
    "members who spent over 1000 yuan last month": {
        "metrics": "member_buyers",
        "window": "2026-09-01..2026-09-30",
        "people": ["gmv_paid gt 1000 [] 2026-09-01..2026-09-30"],
    },
    "number of members who bought in store last month": {
        "metrics": "member_buyers",
        "window": "2026-09-01..2026-09-30",
        "people": ["paid_order_count ge 1 [channel eq store] 2026-09-01..2026-09-30"],
    },
    "9月买过精华或面霜的人数": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "people": ["product_orders ge 1 [category in 精华|面霜] 2026-09-01..2026-09-30"],
    },
    "9月只买过一次的客户有多少": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "people": ["paid_order_count eq 1 [] 2026-09-01..2026-09-30"],
    },
    "同时买过精华和面霜的会员9月": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "filters": ["is_member eq member"],
        "people": [
            "product_orders ge 1 [category eq 精华] 2026-09-01..2026-09-30",
            "product_orders ge 1 [category eq 面霜] 2026-09-01..2026-09-30",
        ],
    },
    "customers who bought on Tmall or Douyin last month": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "people": ["paid_order_count ge 1 [channel in tmall|douyin] 2026-09-01..2026-09-30"],
    },
    "customers who bought both on Tmall and on Douyin last month": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "people": [
            "paid_order_count ge 1 [channel eq douyin] 2026-09-01..2026-09-30",
            "paid_order_count ge 1 [channel eq tmall] 2026-09-01..2026-09-30",
        ],
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
