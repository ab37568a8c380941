"""The first line of an answer, asked again, is the very same plan: in both languages and both scripts."""

import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.flows.restate import Language, restate
from app.planning.canonical.reader import read_canonical
from app.planning.canonical.script import to_traditional, writes_traditional
from app.planning.normalise import normalise
from app.planning.rule_planner import RulePlanner
from app.semantic.identity import plan_hash
from app.semantic.query import Filter, SemanticQuery
from tests.fixtures.planner import AS_OF, VALUES, demo_planner, only_reading, planner_over, real_model
from tests.fixtures.plans import HOSTILE, plans

pytestmark = pytest.mark.long

THOROUGH = settings(
    derandomize=True, deadline=None, database=None, max_examples=80, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # shrinking plans of this size takes minutes
)  # fmt: skip
WAYS: list[tuple[Language, bool]] = [("zh", False), ("zh", True), ("en", False)]


def asked_again(query: SemanticQuery, language: Language, *, traditional: bool) -> SemanticQuery:
    sentence = restate(query, real_model(), language, traditional=traditional)
    result = demo_planner().plan(sentence)
    if normalise(sentence).language == "zh":  # "2026 · ROAS" is a sentence of both
        assert result.language == language
    return only_reading(result)


@pytest.mark.parametrize(("language", "traditional"), WAYS)
@THOROUGH
@given(query=plans())
def test_a_restatement_reads_back_to_its_plan(query: SemanticQuery, language: Language, traditional: bool) -> None:
    again = asked_again(query, language, traditional=traditional)
    assert again == query
    assert plan_hash(again) == plan_hash(query)


@pytest.mark.parametrize(("language", "traditional"), WAYS)
@pytest.mark.parametrize("kind", ["metrics", "dimensions", "segments"])
def test_every_name_of_the_model_reads_back(kind: str, language: Language, traditional: bool) -> None:
    plain = {"metrics": ("gmv_paid",), "start": AS_OF, "end": AS_OF}
    for name in getattr(real_model(), kind):
        named = {"metrics": [name], "dimensions": [name], "segments": [{"segment": name}]}[kind]
        query = SemanticQuery.model_validate({**plain, kind: named})
        assert asked_again(query, language, traditional=traditional) == query


@pytest.mark.parametrize(("language", "traditional"), WAYS)
def test_every_declared_value_reads_back(language: Language, traditional: bool) -> None:
    for dimension in real_model().dimensions.values():
        for code in VALUES.get(dimension.id) or dimension.values:
            value = int(code) if dimension.type == "integer" else code
            condition = Filter(dimension=dimension.id, op="eq", values=(value,))
            query = SemanticQuery(metrics=("gmv_paid",), filters=(condition,), start=AS_OF, end=AS_OF)
            assert asked_again(query, language, traditional=traditional) == query


def hostile_planner() -> RulePlanner:
    return planner_over({**VALUES, "product": HOSTILE})


@pytest.mark.parametrize(("language", "traditional"), WAYS)
@pytest.mark.parametrize("op", ["eq", "in"])
def test_a_stored_value_survives_whatever_it_is_made_of(op: str, language: Language, traditional: bool) -> None:
    planner = hostile_planner()
    for first, second in zip(HOSTILE, (*HOSTILE[1:], HOSTILE[0]), strict=True):
        values = (first,) if op == "eq" else (first, second)
        condition = Filter.model_validate({"dimension": "product", "op": op, "values": values})
        query = SemanticQuery(metrics=("item_sales",), filters=(condition,), start=AS_OF, end=AS_OF)
        sentence = restate(query, real_model(), language, traditional=traditional)
        assert only_reading(planner.plan(sentence)) == query


@THOROUGH
@given(
    query=plans(), place=st.integers(0, 400), added=st.sampled_from(["", "!", "-", "]", "“", "不", "非", "1", " · "])
)
def test_a_damaged_sentence_is_read_as_it_stands_or_not_at_all(query: SemanticQuery, place: int, added: str) -> None:
    """One character changed: no crash, and the old plan only where nothing but punctuation of numbers was lost."""
    sentence = restate(query, real_model(), "zh")
    at = place % len(sentence)
    damaged = sentence[:at] + added + sentence[at + 1 :]
    read = read_canonical(damaged, real_model(), VALUES)
    if read is not None and read.query == query:
        assert _content(damaged) == _content(sentence)


def _content(sentence: str) -> str:
    return re.sub(r"[\s,.!]", "", normalise(sentence).text)


@pytest.mark.parametrize(
    "question", ["上个月各渠道的销售额", "9月 · 抖音的销售额", "2026-09 销售额", "2026-09 · 销售 额额"]
)
def test_a_free_question_is_none(question: str) -> None:
    assert read_canonical(question, real_model(), VALUES) is None


def test_a_value_that_is_not_held_is_refused() -> None:
    result = demo_planner().plan("2026-09 · 商品=“不存在的商品” · 商品销售额")
    assert result.unplanned is not None
    assert result.unplanned.code == "unknown_value"


SCRIPTS = [("上個月各渠道的銷售額", True), ("那天貓呢", True), ("上个月乾坤霜的销售额", False), ("9月抖音GMV", False)]


@pytest.mark.parametrize(("question", "traditional"), SCRIPTS)
def test_the_script_is_the_one_that_most_characters_are_in(question: str, traditional: bool) -> None:
    assert writes_traditional(question) == traditional


def test_stored_values_keep_their_script() -> None:
    assert to_traditional("商品=“净颜卸妆膏 120g”、“O\\”后” · 销售额") == "商品=“净颜卸妆膏 120g”、“O\\”后” · 銷售額"


@pytest.mark.parametrize(
    "question",
    [
        "2026-09 · 按" + "、a" * 1900, "2026-09 · " + "占比(在每个a内)(分母为全部" * 200,
        "2026-09 · 销售额>" + "9" * 3900, "9999-12 · 销售额",
        "2026-13 · 销售额", "2026-02-30 · 销售额", "0000-01 · 销售额", "2026-09-30 至 2026-09-01 · 销售额",
        "2026-09 · 销售额 · 前 0 名", "2026-09 · 销售额 · 按渠道 · 按渠道", "2026-09 · 商品=“未完 · 销售额",
        "2026-09 · 客户ID=“OID1” · 销售额",
    ],
)  # fmt: skip
def test_what_only_looks_canonical_is_none(question: str) -> None:
    assert read_canonical(question, real_model(), VALUES) is None
