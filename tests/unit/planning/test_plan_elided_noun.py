"""The second name of a pair may leave out the noun of the first."""

import pytest

from app.planning.rule_planner import RulePlanner


@pytest.mark.parametrize(
    ("question", "metrics"),
    [
        ("9月积分发放和消耗", ("points_issued", "points_redeemed")),
        ("9月积分发放与消耗分别多少", ("points_issued", "points_redeemed")),
        ("9月新增会员和买家数", ("new_members", "buyers")),
        ("9月销售额和订单数", ("gmv_paid", "paid_order_count")),
        ("9月投放消耗", ("media_cost",)),
    ],
)
def test_the_noun_is_carried_over_to_a_bare_word_only(
    planner: RulePlanner, question: str, metrics: tuple[str, ...]
) -> None:
    [reading] = planner.plan(question).readings
    assert reading.query.metrics == metrics
