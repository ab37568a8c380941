"""Lists of people: an audience, never contacts."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "列出上个月买过精华的会员": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "kind": "audience",
        "filters": ["is_member eq member"],
        "people": ["product_orders ge 1 [category eq 精华] 2026-09-01..2026-09-30"],
    },
    "圈出9月消费满500元的会员": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "kind": "audience",
        "filters": ["is_member eq member"],
        "people": ["gmv_paid ge 500 [] 2026-09-01..2026-09-30"],
    },
    "筛选沉睡会员": {
        "metrics": "customer_total",
        "window": "2026-10-31..2026-10-31",
        "kind": "audience",
        "segments": ["dormant"],
    },
    "导出9月下过3单以上的客户名单": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "kind": "audience",
        "people": ["paid_order_count ge 3 [] 2026-09-01..2026-09-30"],
    },
    "圈一批沉睡会员": {
        "metrics": "customer_total",
        "window": "2026-10-31..2026-10-31",
        "kind": "audience",
        "segments": ["dormant"],
    },
    "list members who bought 精华 last month": {
        "metrics": "member_buyers",
        "window": "2026-09-01..2026-09-30",
        "kind": "audience",
        "people": ["product_orders ge 1 [category eq 精华] 2026-09-01..2026-09-30"],
    },
    "build an audience of gold members who bought last month": {
        "metrics": "member_buyers",
        "window": "2026-09-01..2026-09-30",
        "kind": "audience",
        "filters": ["member_tier eq gold"],
    },
    "export customers who spent over 500 last month": {
        "metrics": "buyers",
        "window": "2026-09-01..2026-09-30",
        "kind": "audience",
        "people": ["gmv_paid gt 500 [] 2026-09-01..2026-09-30"],
    },
    "list members who spent at least 500 last month": {
        "metrics": "member_buyers",
        "window": "2026-09-01..2026-09-30",
        "kind": "audience",
        "people": ["gmv_paid ge 500 [] 2026-09-01..2026-09-30"],
    },
    "list gold members": {
        "metrics": "member_count",
        "window": "2026-10-31..2026-10-31",
        "kind": "audience",
        "filters": ["member_tier eq gold"],
    },
    "list dormant customers": {
        "metrics": "customer_total",
        "window": "2026-10-31..2026-10-31",
        "kind": "audience",
        "segments": ["dormant"],
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
