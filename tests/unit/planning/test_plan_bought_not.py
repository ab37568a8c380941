"""Bought one thing and not another, here and not there, then and not now."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "9月买过精华但没买面霜的有多少人": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "people": [
            "not product_orders ge 1 [category eq 面霜] 2026-09-01..2026-09-30",
            "product_orders ge 1 [category eq 精华] 2026-09-01..2026-09-30",
        ],
    },
    "上个月买过精华的会员有多少": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "filters": ["is_member eq member"],
        "people": ["product_orders ge 1 [category eq 精华] 2026-09-01..2026-09-30"],
    },
    "买过口红但从没买过底妆的客户有多少": {
        "metrics": "buyers",
        "window": "2024-09-01..2026-10-31",
        "people": [
            "not product_orders ge 1 [category eq 底妆] 2024-09-01..2026-10-31",
            "product_orders ge 1 [category eq 口红] 2024-09-01..2026-10-31",
        ],
    },
    "在天猫买过但没在门店买过的人数上季度": {
        "metrics": "buyers",
        "window": "2026-07-01..2026-09-30",
        "people": [
            "not paid_order_count ge 1 [channel eq store] 2026-07-01..2026-09-30",
            "paid_order_count ge 1 [channel eq tmall] 2026-07-01..2026-09-30",
        ],
    },
    "买过防晒没买过卸妆的会员数": {
        "metrics": "member_buyers",
        "window": "2024-09-01..2026-10-31",
        "people": [
            "not product_orders ge 1 [category eq 卸妆] 2024-09-01..2026-10-31",
            "product_orders ge 1 [category eq 防晒] 2024-09-01..2026-10-31",
        ],
    },
    "去年双11买过但今年没买过的会员有多少": {
        "metrics": "buyers",
        "window": "2025-10-20..2025-11-11",
        "filters": ["is_member eq member"],
        "people": [
            "not paid_order_count ge 1 [] 2026-01-01..2026-10-31",
            "paid_order_count ge 1 [] 2025-10-20..2025-11-11",
        ],
    },
    "8月买过9月没买的客户有多少": {
        "metrics": "buyers",
        "window": "2026-08-01..2026-08-31",
        "people": [
            "not paid_order_count ge 1 [] 2026-09-01..2026-09-30",
            "paid_order_count ge 1 [] 2026-08-01..2026-08-31",
        ],
    },
    "买过水光焕亮精华 30ml但没买过面霜的人数": {
        "metrics": "buyers",
        "window": "2024-09-01..2026-10-31",
        "people": [
            "not product_orders ge 1 [category eq 面霜] 2024-09-01..2026-10-31",
            "product_orders ge 1 [product eq 水光焕亮精华 30ml] 2024-09-01..2026-10-31",
        ],
    },
    "9月没有下单的会员数": {
        "metrics": "member_count",
        "window": "2026-09-01..2026-09-30",
        "people": ["not paid_order_count ge 1 [] 2026-09-01..2026-09-30"],
    },
    "people who bought on Douyin but never in store in Q3 2026": {
        "metrics": "buyers",
        "window": "2026-07-01..2026-09-30",
        "people": [
            "not paid_order_count ge 1 [channel eq store] 2026-07-01..2026-09-30",
            "paid_order_count ge 1 [channel eq douyin] 2026-07-01..2026-09-30",
        ],
    },
    "how many members bought in store but not on Tmall in Q3 2026": {
        "metrics": "member_buyers",
        "window": "2026-07-01..2026-09-30",
        "people": [
            "not paid_order_count ge 1 [channel eq tmall] 2026-07-01..2026-09-30",
            "paid_order_count ge 1 [channel eq store] 2026-07-01..2026-09-30",
        ],
    },
    "members who did not buy in September 2026": {
        "metrics": "member_count",
        "window": "2026-09-01..2026-09-30",
        "people": ["not paid_order_count ge 1 [] 2026-09-01..2026-09-30"],
    },
    "customers who bought in July 2026 but not in August 2026": {
        "metrics": "buyers",
        "window": "2026-07-01..2026-07-31",
        "people": [
            "not paid_order_count ge 1 [] 2026-08-01..2026-08-31",
            "paid_order_count ge 1 [] 2026-07-01..2026-07-31",
        ],
    },
    "how many gold members did not buy last month": {
        "metrics": "member_count",
        "window": "2026-09-01..2026-09-30",
        "filters": ["member_tier eq gold"],
        "people": ["not paid_order_count ge 1 [] 2026-09-01..2026-09-30"],
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
