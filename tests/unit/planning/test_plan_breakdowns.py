"""Breakdowns by one or more dimensions."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "上个月各渠道的销售额": {"metrics": "gmv_paid", "window": "2026-09-01..2026-09-30", "dimensions": "channel"},
    "9月按品类看销量": {"metrics": "items_sold", "window": "2026-09-01..2026-09-30", "dimensions": "category"},
    "按会员等级统计上季度的会员购买人数": {
        "metrics": "member_buyers",
        "window": "2026-07-01..2026-09-30",
        "dimensions": "member_tier",
    },
    "上个月各门店的净销售额": {
        "metrics": "net_sales",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "store",
        "filters": ["store not_null"],
    },
    "今年每个渠道、每个品类卖了多少件": {
        "metrics": "items_sold",
        "window": "2026-01-01..2026-10-31",
        "dimensions": "channel category",
    },
    "9月按退款原因看退款金额": {
        "metrics": "refund_amount",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "refund_reason",
    },
    "9月各渠道的曝光量、点击率和投放花费": {
        "metrics": "impressions ctr media_cost",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
    },
    "上个月各渠道各有多少买家": {"metrics": "buyers", "window": "2026-09-01..2026-09-30", "dimensions": "channel"},
    "GMV by channel last month": {"metrics": "gmv_paid", "window": "2026-09-01..2026-09-30", "dimensions": "channel"},
    "units sold by category in September 2026": {
        "metrics": "items_sold",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "category",
    },
    "orders by store region and channel in Q3 2026": {
        "metrics": "paid_order_count",
        "window": "2026-07-01..2026-09-30",
        "dimensions": "store_region channel",
        "filters": ["store_region not_null"],
    },
    "member buyers per member tier last month": {
        "metrics": "member_buyers",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "member_tier",
    },
    "sales, orders and buyers by channel last month": {
        "metrics": "gmv_paid paid_order_count buyers",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
