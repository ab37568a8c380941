"""A model's plan is held against the question: what it drops, adds or turns round is refused, and said back to it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from app.llm.client import ChatReply, ModelError
from app.llm.meter import Budget
from app.llm.scripted import ScriptedModel
from app.planning.llm_planner import Proposal
from app.planning.proposed.schema import ANSWER
from app.semantic.identity import plan_hash
from app.semantic.query import SemanticQuery
from tests.fixtures.llm import LAST_30_DAYS, OCTOBER, SEPTEMBER, call, gap, llm_planner, plan
from tests.fixtures.planner import demo_planner, only_reading, real_model, said

LOOK = ("嘚啵", "polite", "")
TMALL = {"dimension": "channel", "op": "eq", "values": ["tmall"]}
GMV = {"metrics": ["gmv_paid"], **SEPTEMBER}


def propose(question: str, *replies: ChatReply | ModelError, repairs: int = 0) -> Proposal:
    return llm_planner(ScriptedModel(replies), repairs=repairs).plan(question, demo_planner())


def accepted(question: str, query: dict[str, Any], *explained: tuple[str, str, str]) -> dict[str, Any]:
    found = propose(question, plan(query, *explained))
    assert found.reading is not None, found.detail
    return said(found.reading.query)


def refused(question: str, query: dict[str, Any], *explained: tuple[str, str, str]) -> str:
    found = propose(question, plan(query, *explained))
    assert (found.reading, found.failure) == (None, "refused")
    return found.detail


def test_an_unknown_word_is_read_as_the_model_explains_it_and_disclosed() -> None:
    found = propose("上个月天猫的流水", plan({**GMV, "filters": [TMALL]}, ("流水", "metric", "gmv_paid")))
    assert found.reading is not None
    assert found.reading.path == "llm"
    assert found.reading.fuzzy == ("流水 → gmv_paid",)


def test_politeness_is_passed_over_and_lowers_coverage() -> None:
    found = propose("帮我嘚啵上个月天猫的销售额", plan({**GMV, "filters": [TMALL]}, LOOK))
    assert found.reading is not None
    assert found.reading.unexplained == ("嘚啵",)
    assert found.reading.coverage < 1


@pytest.mark.parametrize("question", ["试用装的销售额上个月", "上个月小样销售额", "last month gmv of trialsize"])
def test_a_word_where_a_modifier_stands_is_no_politeness(question: str) -> None:
    word = next(w for w in ("试用装", "小样", "trialsize") if w in question)
    assert "polite" in refused(question, GMV, (word, "polite", ""))


def test_an_unexplained_word_is_refused() -> None:
    assert "嘚啵" in refused("嘚啵上个月的销售额", GMV)


def test_words_that_are_not_in_the_question_explain_nothing() -> None:
    assert "gmv_paid" in refused("嘚啵上个月", GMV, LOOK, ("流水", "metric", "gmv_paid"))


def test_a_window_that_is_not_said_is_ours_to_choose() -> None:
    query = {"metrics": ["gmv_paid"], "filters": [TMALL], "start": "2020-01-01", "end": "2026-10-31"}
    window = f"{LAST_30_DAYS['start']}..{LAST_30_DAYS['end']}"
    assert accepted("嘚啵天猫的销售额", query, LOOK)["window"] == window


def test_a_value_is_linked_here_by_typo_or_part() -> None:
    series = {"dimension": "product", "op": "eq", "values": ["水光焕亮精华"]}
    query = {"metrics": ["items_sold"], "filters": [series], **SEPTEMBER}
    explained = ("水光焕亮精华", "value", "product")
    found = accepted("嘚啵上个月水光焕亮精华卖了多少件", query, LOOK, explained)
    assert found["filters"] == ["product eq 水光焕亮精华 30ml"]


def test_a_value_that_is_not_held_is_named_without_those_that_are() -> None:
    query = {**GMV, "filters": [{"dimension": "store_city", "op": "eq", "values": ["桃花源"]}]}
    detail = refused("嘚啵上个月桃花源的销售额", query, LOOK, ("桃花源", "value", "store_city"))
    assert detail == "'桃花源' is not a value of 'store_city'"


# Questions that the rules read whole: the rules' own plan is accepted from a model, and no other.
WHOLE = [
    "上个月天猫的销售额",
    "9月各渠道销售额,环比怎么样",
    "上个月除了天猫的订单数",
    "9月销售额最低的三个渠道",
    "今年按月看抖音的买家数",
    "9月抖音销售额占比",
    "近90天下过3单以上的会员有多少",
    "9月买过精华但没买面霜的有多少人",
    "paid gmv by channel last month, top 3",
    "9月金卡会员的客单价,和去年同期比",
    "沉睡会员有多少",
    "9月订单数不到50单的门店有哪些",
]


def own_plan(question: str) -> SemanticQuery:
    return only_reading(demo_planner().plan(question))


def as_sent(query: SemanticQuery) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(query.model_dump_json(exclude_defaults=True))
    return found


@pytest.mark.parametrize("question", WHOLE)
def test_the_plan_that_the_rules_would_make_is_accepted_as_it_is(question: str) -> None:
    own = own_plan(question)
    found = propose(question, plan(as_sent(own)))
    assert found.reading is not None, found.detail
    assert plan_hash(found.reading.query) == plan_hash(own)


def mutants(own: SemanticQuery) -> list[SemanticQuery]:
    """The plan with one thing dropped, added or turned round."""
    full = as_sent(own)
    changed: list[dict[str, Any]] = [{**full, "metrics": ["refund_amount"]}, {**full, "grain": "quarter"}]
    changed.append(
        {**full, "filters": [*full.get("filters", []), {"dimension": "is_live", "op": "eq", "values": ["live"]}]}
    )
    changed.append({**full, "dimensions": [*full.get("dimensions", []), "weekday"]})
    changed.append({**full, "compare": [{"kind": "promo", "start": "2025-05-01", "end": "2025-05-02"}]})
    changed += [{k: v for k, v in full.items() if k != name} for name in
                ("filters", "people", "segments", "having", "dimensions", "compare", "share", "order", "grain")
                if name in full]  # fmt: skip
    turned = {"eq": "ne", "ne": "eq", "in": "not_in", "lt": "gt", "ge": "le"}
    for name in ("filters", "having", "people"):
        for position, item in enumerate(full.get(name, [])):
            flipped = {**item, "op": turned[item["op"]]} if item.get("op") in turned else {**item, "negated": True}
            rest = [*full[name][:position], flipped, *full[name][position + 1 :]]
            changed.append({**full, name: rest})
    if "order" in full:
        descending = full["order"].get("descending", True)
        changed += [{**full, "order": {**full["order"], "descending": not descending}}, {**full, "limit": 7}]
    return [query for body in changed if (query := valid(body)) is not None]


def valid(body: dict[str, Any]) -> SemanticQuery | None:
    try:
        return SemanticQuery.model_validate(body)
    except ValidationError:
        return None


@pytest.mark.parametrize("question", WHOLE)
def test_no_plan_that_says_something_else_is_accepted(question: str) -> None:
    own = own_plan(question)
    tried = 0
    for mutant in mutants(own):
        found = propose(question, plan(as_sent(mutant)))
        tried += 1
        assert found.reading is None or plan_hash(found.reading.query) == plan_hash(own), said(found.reading.query)
    assert tried >= 5


def test_a_window_that_is_said_is_not_moved() -> None:
    for window in (OCTOBER, {"start": "2026-09-02", "end": "2026-09-30"}, {"start": "2025-09-01", "end": "2025-09-30"}):
        assert "window" in refused("嘚啵上个月的销售额", {"metrics": ["gmv_paid"], **window}, LOOK)


def test_a_refused_plan_comes_back_with_its_reasons_twice_at_most() -> None:
    model = ScriptedModel([plan(GMV, LOOK)] * 9)
    found = llm_planner(model).plan("嘚啵上个月天猫的销售额", demo_planner())
    assert found.failure == "refused"
    assert len(model.requests) == len(found.calls) == 3
    assert "天猫" in model.requests[1].messages[-1].content
    assert model.requests[2].messages[: len(model.requests[1].messages)] == model.requests[1].messages


def test_what_the_compiler_says_goes_back_with_names_that_would_do() -> None:
    split = {"metrics": ["page_views"], "dimensions": ["member_tier"], **SEPTEMBER}
    model = ScriptedModel([plan(split, LOOK)] * 2)
    llm_planner(model, repairs=1).plan("嘚啵上个月各会员等级的浏览量", demo_planner())
    assert "possible" in model.requests[1].messages[-1].content


def test_a_repair_is_taken() -> None:
    right = plan({**GMV, "filters": [TMALL]}, LOOK)
    found = propose("嘚啵上个月天猫的销售额", call(ANSWER, "{"), ChatReply("好的"), right, repairs=2)
    assert found.reading is not None
    assert [record.prompt_id for record in found.calls] == ["plan_question"] * 3


def test_a_gap_is_handed_on_with_words_of_the_question_only() -> None:
    found = propose("嘚啵上个月的舆情声量", gap("没有舆情数据", "舆情声量", "天气"))
    assert found.gap is not None
    assert found.gap.missing == ("舆情声量",)


def test_a_budget_that_is_used_up_ends_the_exchange() -> None:
    model = ScriptedModel([plan(GMV, LOOK)] * 9)
    found = llm_planner(model, budget=Budget(calls=1)).plan("嘚啵上个月天猫的销售额", demo_planner())
    assert (found.failure, found.detail, len(model.requests)) == ("unavailable", "budget", 1)


def test_a_question_with_an_identifier_is_not_sent() -> None:
    model = ScriptedModel([plan(GMV)])
    found = llm_planner(model).plan("13812345678 上个月买了多少", demo_planner())
    assert found.failure == "not_sent"
    assert model.requests == []


def test_names_that_only_the_warehouse_holds_are_not_offered() -> None:
    model = ScriptedModel([gap()])
    rules = demo_planner()
    secret = real_model().dimensions["category"].model_copy(update={"id": "tag__secret"})
    dimensions = {**rules.model.dimensions, "tag__secret": secret}
    widened = replace(rules, model=rules.model.model_copy(update={"dimensions": dimensions}))
    llm_planner(model).plan("嘚啵各品类的流水", widened)
    assert "tag__secret" not in str(model.requests)
    assert "category" in str(model.requests)
