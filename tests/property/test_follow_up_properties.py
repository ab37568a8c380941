"""Editing a plan: what is changed and changed back is as it was, and the order of independent edits does not matter."""

from hypothesis import given
from hypothesis import strategies as st

from app.planning.context import PlanContext, Previous
from app.semantic.query import SemanticQuery
from tests.fixtures.planner import demo_planner, only_reading

_CHANNELS = ("抖音", "天猫", "京东", "小红书")
_METRICS = ("销售额", "订单数", "客单价", "净销售额")
_WINDOWS = ("上个月", "8月", "三季度", "昨天", "近7天")
_SPLITS = ("渠道", "会员等级", "品类")
_METRIC, _WINDOW, _CHANNEL = st.sampled_from(_METRICS), st.sampled_from(_WINDOWS), st.sampled_from(_CHANNELS)


def _plan(*turns: str) -> SemanticQuery:
    planner, previous = demo_planner(), None
    for turn in turns:
        query = only_reading(planner.plan(turn, PlanContext(previous=previous)))
        previous = Previous(turn, query)
    return query


@given(window=_WINDOW, channel=_CHANNEL, metric=_METRIC, other=_CHANNEL)
def test_a_value_replaced_and_put_back_gives_the_first_plan(window: str, channel: str, metric: str, other: str) -> None:
    whole = f"{window}{channel}的{metric}"
    assert _plan(whole, f"那{other}呢", f"换成{channel}") == _plan(whole)


@given(window=_WINDOW, metric=_METRIC, other=_METRIC, channel=_CHANNEL)
def test_a_metric_replaced_equals_the_question_with_that_metric(
    window: str, metric: str, other: str, channel: str
) -> None:
    assert _plan(f"{window}{channel}的{metric}", f"换成{other}") == _plan(f"{window}{channel}的{other}")


@given(first=_WINDOW, second=_WINDOW, metric=_METRIC, comparison=st.sampled_from(("", "环比", "同比")))
def test_a_window_replaced_equals_the_question_of_that_window(
    first: str, second: str, metric: str, comparison: str
) -> None:
    assert _plan(f"{first}的{metric}{comparison}", f"换成{second}") == _plan(f"{second}的{metric}{comparison}")


@given(window=_WINDOW, metric=st.sampled_from(_METRICS[:3]), split=st.sampled_from(_SPLITS[:2]))
def test_a_split_added_and_dropped_gives_the_first_plan(window: str, metric: str, split: str) -> None:
    whole = f"{window}的{metric}"
    assert _plan(whole, f"按{split}拆") == _plan(f"{window}各{split}的{metric}")
    assert _plan(whole, f"按{split}拆", f"不按{split}了") == _plan(whole)


@given(window=_WINDOW, metric=_METRIC, channel=_CHANNEL, other=_CHANNEL)
def test_a_value_added_and_taken_away_gives_the_first_plan(window: str, metric: str, channel: str, other: str) -> None:
    whole = f"{window}{channel}的{metric}"
    if other != channel:
        assert _plan(whole, f"再加上{other}", f"去掉{other}") == _plan(whole)


@given(metric=_METRIC, other=_METRIC, channel=_CHANNEL, window=_WINDOW)
def test_independent_edits_commute(metric: str, other: str, channel: str, window: str) -> None:
    first = _plan(f"9月的{metric}", f"只看{channel}", f"换成{window}", f"换成{other}")
    second = _plan(f"9月的{metric}", f"换成{other}", f"只看{channel}", f"换成{window}")
    assert first == second


@given(
    question=st.sampled_from(_WINDOWS).flatmap(
        lambda w: st.sampled_from([f"{w}{c}的{m}" for c in _CHANNELS for m in _METRICS])
    )
)
def test_a_whole_question_inherits_nothing(question: str) -> None:
    assert _plan("上个月各门店黑金会员的退款率环比", question) == _plan(question)
