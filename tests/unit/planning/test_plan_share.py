"""Parts of a whole."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "上个月各渠道销售额占比": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "share": "within= of_all=",
    },
    "9月抖音占整体销售额的比例": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["channel eq douyin"],
        "share": "within= of_all=channel",
    },
    "上个月抖音的销售额占比": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["channel eq douyin"],
        "share": "within= of_all=channel",
    },
    "9月各品类销量占比": {
        "metrics": "items_sold",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "category",
        "share": "within= of_all=",
    },
    "9月各渠道销售额占比和环比": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "compare": ["prior_period 2026-08-01..2026-08-31"],
        "share": "within= of_all=",
    },
    "9月天猫和抖音占全渠道销售额的比重": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "filters": ["channel in tmall|douyin"],
        "share": "within= of_all=channel",
    },
    "会员销售额占比上个月": {"metrics": "member_gmv_share", "window": "2026-09-01..2026-09-30"},
    "share of sales by channel last month": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
        "share": "within= of_all=",
    },
    "what percentage of sales last month came from Tmall": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["channel eq tmall"],
        "share": "within= of_all=channel",
    },
    "share of orders by member tier in September 2026": {
        "metrics": "paid_order_count",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "member_tier",
        "share": "within= of_all=",
    },
    "share of Douyin in total sales last month": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "filters": ["channel eq douyin"],
        "share": "within= of_all=channel",
    },
    "contribution of each category to units sold last month": {
        "metrics": "items_sold",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "category",
        "share": "within= of_all=",
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
