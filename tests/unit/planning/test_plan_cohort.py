"""Cohorts with a number of days to mature."""

import pytest

from tests.fixtures.planner import demo_planner, only_reading, said

CASES = {
    "6月首单客户的90天复购率": {"metrics": "cohort_repurchase_rate", "window": "2026-06-01..2026-06-30"},
    "6月新客的30天复购率": {"metrics": "cohort_repurchase_rate@30", "window": "2026-06-01..2026-06-30"},
    "2026年3月首单客户90日内复购人数": {"metrics": "cohort_repurchased@90", "window": "2026-03-01..2026-03-31"},
    "7月入会会员的30天首单转化率": {"metrics": "first_order_conversion_rate", "window": "2026-07-01..2026-07-31"},
    "上季度30日核销率": {"metrics": "redeem_rate_in_days", "window": "2026-07-01..2026-09-30"},
    "今年6月各渠道首单客户的90天复购率": {
        "metrics": "cohort_repurchase_rate",
        "window": "2026-06-01..2026-06-30",
        "dimensions": "channel",
    },
    "2025年双11新客180天复购率": {"metrics": "cohort_repurchase_rate@180", "window": "2025-10-20..2025-11-11"},
    "8月首购的客户90天复购率按渠道看": {
        "metrics": "cohort_repurchase_rate",
        "window": "2026-08-01..2026-08-31",
        "dimensions": "channel",
    },
    "90-day repurchase rate of customers acquired in June 2026": {
        "metrics": "cohort_repurchase_rate",
        "window": "2026-06-01..2026-06-30",
    },
    "30-day repurchase rate of new customers in June 2026": {
        "metrics": "cohort_repurchase_rate@30",
        "window": "2026-06-01..2026-06-30",
    },
    "180-day repurchase rate of customers acquired in March 2026": {
        "metrics": "cohort_repurchase_rate@180",
        "window": "2026-03-01..2026-03-31",
    },
}


@pytest.mark.parametrize("question", CASES)
def test_the_question_means(question: str) -> None:
    assert said(only_reading(demo_planner().plan(question))) == CASES[question]
