from dataclasses import dataclass, replace

import pytest

from app.core.actor import LOCAL_OPERATOR, Actor
from app.llm.client import ChatReply, ModelError
from app.llm.scripted import ScriptedModel
from app.planning.auto_planner import AutoPlanner, Mode
from app.planning.context import PlanContext
from app.planning.plan import PlanResult
from app.planning.rule_planner import RulePlanner
from tests.fixtures.llm import SEPTEMBER, gap, llm_planner, plan
from tests.fixtures.planner import demo_planner

WHOLE, HALF = "上个月天猫的销售额", "嘚啵上个月天猫的销售额"
TYPO = "上个月天猫的消售额"
TMALL = [{"dimension": "channel", "op": "eq", "values": ["tmall"]}]
LOOK = ("嘚啵", "polite", "")
RIGHT = {"metrics": ["gmv_paid"], "filters": TMALL, **SEPTEMBER}


@dataclass
class Rules:
    def plan(self, question: str, actor: Actor, context: PlanContext) -> PlanResult:
        return self.planner_for(actor).plan(question, context)

    def planner_for(self, actor: Actor) -> RulePlanner:
        return demo_planner()


def ask(question: str, *script: ChatReply | ModelError, mode: Mode = "auto") -> tuple[PlanResult, int]:
    model = ScriptedModel(script)
    planner = AutoPlanner(Rules(), llm_planner(model), mode)
    return planner.plan(question, LOCAL_OPERATOR, PlanContext(answer_id="req_1")), len(model.requests)


def test_what_the_rules_understand_is_theirs() -> None:
    result, asked = ask(WHOLE, plan(RIGHT))
    assert asked == 0
    assert [reading.path for reading in result.readings] == ["rule"]


def test_what_they_do_not_understand_is_the_models() -> None:
    result, asked = ask(HALF, plan(RIGHT, LOOK))
    assert asked == 1
    assert [reading.path for reading in result.readings] == ["llm"]
    assert [call.answer_id for call in result.calls] == ["req_1"]


@pytest.mark.parametrize("question", ["删除所有订单", "2026年2月30日的销售额", "😀", "为什么销售额跌了"])
def test_certain_refusals_are_not_argued_with(question: str) -> None:
    for mode in ("auto", "llm"):
        result, asked = ask(question, plan(RIGHT), mode=mode)
        assert asked == 0
        assert result.unplanned is not None


def test_the_rules_refuse_as_before_when_the_model_is_not_there() -> None:
    result, _ = ask(HALF, ModelError("connection"))
    assert result.unplanned == demo_planner().plan(HALF).unplanned
    assert result.notes == ("语言模型暂时不可用,以上只用规则理解。",)


def test_a_gap_stays_beside_the_refusal() -> None:
    result, _ = ask(HALF, gap())
    assert result.unplanned is not None
    assert result.gap is not None


def test_two_paths_to_one_plan_agree() -> None:
    result, asked = ask(WHOLE, plan(RIGHT), mode="llm")
    assert asked == 1
    assert [(reading.path, reading.agreed) for reading in result.readings] == [("rule", True)]


def test_an_approximate_reading_is_confirmed_or_contradicted() -> None:
    assert demo_planner().plan(TYPO).readings[0].fuzzy
    meant = ("消售额", "metric", "gmv_paid")
    agreed, asked = ask(TYPO, plan(RIGHT, meant))
    assert (asked, [reading.agreed for reading in agreed.readings]) == (1, [True])
    other = plan({**RIGHT, "metrics": ["net_sales"]}, ("消售额", "metric", "net_sales"))
    contradicted, _ = ask(TYPO, other)
    assert [reading.path for reading in contradicted.readings] == ["rule", "llm"]


def test_an_unconfirmed_approximate_reading_says_so() -> None:
    result, _ = ask(TYPO, ModelError("timeout"))
    assert [reading.agreed for reading in result.readings] == [False]
    assert len(result.notes) == 1


def test_rule_mode_asks_nobody() -> None:
    assert ask(HALF, plan(RIGHT, LOOK), mode="rule")[1] == 0


def test_without_a_model_llm_mode_says_so() -> None:
    planner = AutoPlanner(Rules(), None, "llm")
    result = planner.plan(HALF, LOCAL_OPERATOR, PlanContext())
    assert result == replace(demo_planner().plan(HALF), notes=("没有配置语言模型,由规则规划器回答。",))
