"""Suggestions are follow-ups that the planner is sure to read, and never the plan that is there already."""

from collections.abc import Sequence

import pytest

from app.core.actor import LOCAL_OPERATOR, Actor
from app.core.errors import WarehouseError
from app.flows.answer import Answer, Column, Language, Trace
from app.flows.previous import previous_of
from app.flows.suggest import SuggestFollowUps
from app.planning.context import PlanContext
from app.planning.plan import PlanResult, Unplanned
from tests.fixtures.planner import demo_planner, only_reading, real_model

QUESTIONS = [
    "上个月支付金额", "上个月各渠道支付金额", "近12个月支付金额按月看", "上个月支付金额环比", "上个月天猫的客单价",
    "上个月支付金额最高的3个商品", "paid orders last month", "paid orders last month by channel",
    "monthly paid orders of 2025",
]  # fmt: skip


class Rules:
    def plan(self, question: str, actor: Actor, context: PlanContext) -> PlanResult:
        return demo_planner().plan(question, context)


def answered(question: str, language: Language, rows: Sequence[str] = ("tmall", "douyin")) -> Answer:
    query = only_reading(demo_planner().plan(question, PlanContext()))
    split = query.dimensions == ("channel",)
    return Answer(
        status="answered", language=language, query=query, trace=Trace(request_id="r"),
        columns=(Column(name="channel", label="渠道", kind="dimension"),) if split else (),
        rows=tuple((name,) for name in rows) if split else ((1,),),
    )  # fmt: skip


def suggest() -> SuggestFollowUps:
    return SuggestFollowUps(Rules(), real_model, lambda _: {})


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_suggestion_plans_in_one_way_to_another_plan(question: str) -> None:
    answer = answered(question, "en" if question.isascii() else "zh")
    found = suggest().run(question, answer, LOCAL_OPERATOR)
    assert 1 <= len(found) <= 3
    plans = set()
    for words in found:
        planned = demo_planner().plan(words, PlanContext(previous=previous_of(question, answer)))
        assert len(planned.readings) == 1, words
        plans.add(planned.readings[0].query)
    assert len(plans) == len(found)
    assert answer.query not in plans


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("上个月支付金额", ("环比呢", "按渠道拆", "按天看")),
        ("近12个月支付金额", ("环比呢", "按渠道拆", "按月看")),
        ("上个月支付金额环比", ("按渠道拆", "按天看", "同比呢")),
    ],
)
def test_the_window_and_what_is_there_already_decide_what_comes_next(question: str, told: tuple[str, ...]) -> None:
    assert suggest().run(question, answered(question, "zh"), LOCAL_OPERATOR) == told


def test_what_the_planner_would_not_read_is_not_suggested() -> None:
    class Refusing:
        def plan(self, question: str, actor: Actor, context: PlanContext) -> PlanResult:
            return PlanResult("zh", unplanned=Unplanned("not_understood", "?"))

    flow = SuggestFollowUps(Refusing(), real_model, lambda _: {})
    assert flow.run("上个月支付金额", answered("上个月支付金额", "zh"), LOCAL_OPERATOR) == ()


def test_nothing_is_suggested_without_rows_without_a_plan_or_without_a_warehouse() -> None:
    def broken() -> object:
        raise WarehouseError("gone")

    answer = answered("上个月支付金额", "zh")
    for other in ({"rows": ()}, {"status": "refused"}, {"query": None}):
        assert suggest().run("x", answer.model_copy(update=other), LOCAL_OPERATOR) == ()
    assert SuggestFollowUps(Rules(), broken, lambda _: {}).run("x", answer, LOCAL_OPERATOR) == ()  # type: ignore[arg-type]
