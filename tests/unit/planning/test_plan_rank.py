"""Ranking, the first N, N in each group, the rest as 其他."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "9月销售额前5的商品": {
        "metrics": "item_sales",
        "window": "2026-09-01..2026-09-30",
        "limit": 5,
        "dimensions": "product",
        "order": "item_sales desc",
    },
    "9月销量最高的3个品类": {
        "metrics": "items_sold",
        "window": "2026-09-01..2026-09-30",
        "limit": 3,
        "dimensions": "category",
        "order": "items_sold desc",
    },
    "上个月净销售额最低的门店": {
        "metrics": "net_sales",
        "window": "2026-09-01..2026-09-30",
        "limit": 1,
        "dimensions": "store",
        "filters": ["store not_null"],
        "order": "net_sales asc",
    },
    "上个月各渠道销售额排名前3,其余算其他": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "limit": 3,
        "rest_as_other": True,
        "dimensions": "channel",
        "order": "gmv_paid desc",
    },
    "9月每个渠道销量前三的商品": {
        "metrics": "items_sold",
        "window": "2026-09-01..2026-09-30",
        "limit": 3,
        "dimensions": "channel product",
        "limit_within": "channel",
        "order": "items_sold desc",
    },
    "哪个渠道上个月退款率最高": {
        "metrics": "refund_rate",
        "window": "2026-09-01..2026-09-30",
        "limit": 1,
        "dimensions": "channel",
        "order": "refund_rate desc",
    },
    "9月哪天销售额最高": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "grain": "day",
        "limit": 1,
        "order": "gmv_paid desc",
    },
    "9月商品销量倒数5名": {
        "metrics": "items_sold",
        "window": "2026-09-01..2026-09-30",
        "limit": 5,
        "dimensions": "product",
        "order": "items_sold asc",
    },
    "每个大区销售额前2的门店9月": {
        "metrics": "gmv_paid",
        "window": "2026-09-01..2026-09-30",
        "limit": 2,
        "dimensions": "store_region store",
        "limit_within": "store_region",
        "filters": ["store not_null", "store_region not_null"],
        "order": "gmv_paid desc",
    },
    "top 5 products by sales in September 2026": {
        "metrics": "item_sales",
        "window": "2026-09-01..2026-09-30",
        "limit": 5,
        "dimensions": "product",
        "order": "item_sales desc",
    },
    "top 3 categories by units sold last month": {
        "metrics": "items_sold",
        "window": "2026-09-01..2026-09-30",
        "limit": 3,
        "dimensions": "category",
        "order": "items_sold desc",
    },
    "which store had the lowest net sales last month": {
        "metrics": "net_sales",
        "window": "2026-09-01..2026-09-30",
        "limit": 1,
        "dimensions": "store",
        "filters": ["store not_null"],
        "order": "net_sales asc",
    },
    "top 10 cities by store sales in Q3 2026": {
        "metrics": "gmv_paid",
        "window": "2026-07-01..2026-09-30",
        "limit": 10,
        "dimensions": "store_city",
        "filters": ["channel eq store", "store_city not_null"],
        "order": "gmv_paid desc",
    },
    "bottom 5 products by units sold in September 2026": {
        "metrics": "items_sold",
        "window": "2026-09-01..2026-09-30",
        "limit": 5,
        "dimensions": "product",
        "order": "items_sold asc",
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
