"""Ratios and derived metrics."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "上个月客单价和笔单价": {"metrics": "aov amount_per_order", "window": "2026-09-01..2026-09-30"},
    "9月各渠道的退款率": {"metrics": "refund_rate", "window": "2026-09-01..2026-09-30", "dimensions": "channel"},
    "近30天连带率": {"metrics": "units_per_order", "window": "2026-10-02..2026-10-31"},
    "上季度各大区的店均业绩": {
        "metrics": "sales_per_store",
        "window": "2026-07-01..2026-09-30",
        "dimensions": "store_region",
        "filters": ["store_region not_null"],
    },
    "9月各媒体的ROAS": {"metrics": "roas", "window": "2026-09-01..2026-09-30", "dimensions": "media"},
    "毛利率最高的品类9月": {
        "metrics": "gross_margin_rate",
        "window": "2026-09-01..2026-09-30",
        "limit": 1,
        "dimensions": "category",
        "order": "gross_margin_rate desc",
    },
    "9月复购率最高的渠道是哪个": {
        "metrics": "repurchase_rate",
        "window": "2026-09-01..2026-09-30",
        "limit": 1,
        "dimensions": "channel",
        "order": "repurchase_rate desc",
    },
    "average order value by channel last month": {
        "metrics": "amount_per_order",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
    },
    "coupon redemption rate by channel in September 2026": {
        "metrics": "redeem_rate",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
    },
    "open rate by channel last month": {
        "metrics": "open_rate",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "channel",
    },
    "gross margin rate by category last month": {
        "metrics": "gross_margin_rate",
        "window": "2026-09-01..2026-09-30",
        "dimensions": "category",
    },
    "units per order in store last month": {
        "metrics": "units_per_order",
        "window": "2026-09-01..2026-09-30",
        "filters": ["channel eq store"],
    },
    "refund rate of Tmall last month": {
        "metrics": "refund_rate",
        "window": "2026-09-01..2026-09-30",
        "filters": ["channel eq tmall"],
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
