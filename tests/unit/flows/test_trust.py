"""Evidence lowers a confidence and never raises it; too little of it and no number is stated; grades by what holds."""

from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.flows.answer import Answer, Check, Trace, TrustEvidence
from app.flows.as_text import as_text
from app.flows.table import Meaning, ResultTable, build_table
from app.flows.trust import Doubt, assess, by_weight, confidence, doubts_of, grade, is_nobody, shared_evidence, withheld
from app.flows.trust_weights import BASE, MAY_BE_STATED, WEIGHTS, DoubtKind
from app.flows.trust_words import reason_of
from app.planning.plan import Link, Reading, Sign, SignKind
from app.semantic.model import SemanticModel
from app.semantic.query import SegmentRef, SemanticQuery

QUERY = SemanticQuery(metrics=("buyers",), start=date(2026, 9, 1), end=date(2026, 9, 30))
OF_PEOPLE = QUERY.model_copy(update={"segments": (SegmentRef(segment="dormant"),)})
LINK = Link("购买人数", 0, 4, "metric", "buyers")
GOOD = Check(name="rows_unique", passed=True, detail="")
KINDS = sorted(WEIGHTS)


def reading(*signs: SignKind, query: SemanticQuery = QUERY, **more: object) -> Reading:
    given_ = {"coverage": 1.0, "links": (LINK,), "signs": tuple(Sign(kind, ("词",)) for kind in signs), **more}
    return Reading(query, **given_)  # type: ignore[arg-type]


@pytest.fixture
def table(model: SemanticModel) -> ResultTable:
    return build_table([Meaning("buyers", "value", "buyers")], [(7,)], QUERY, model, "zh")


@pytest.fixture
def nothing(model: SemanticModel) -> ResultTable:
    return build_table([Meaning("buyers", "value", "buyers")], [(0,)], QUERY, model, "zh")


def told(read: Reading | None, table: ResultTable, *checks: Check) -> tuple[str, TrustEvidence]:
    return assess(read, table=table, checks=checks or (GOOD,), fuzzy=(), language="zh")


def answer(evidence: TrustEvidence, **more: object) -> Answer:
    fields = {"status": "answered", "language": "zh", "restatement": "2026-09 · 购买人数", "trust": "governed",
              "evidence": evidence, "trace": Trace(request_id="r"), **more}  # fmt: skip
    return Answer.model_validate(fields)


# the confidence -----------------------------------------------------------------------------------------------------
@given(st.lists(st.sampled_from(KINDS), unique=True), st.sampled_from(KINDS))
def test_a_further_doubt_never_raises_the_confidence(kinds: list[DoubtKind], more: DoubtKind) -> None:
    doubts = [Doubt(kind) for kind in kinds]
    assert 0 <= confidence([*doubts, Doubt(more)]) <= confidence(doubts) <= BASE


@given(st.lists(st.sampled_from(KINDS), unique=True), st.randoms())
def test_neither_the_order_nor_saying_it_twice_matters(kinds: list[DoubtKind], random: object) -> None:
    doubts = [Doubt(kind) for kind in kinds]
    shuffled = [*doubts, *doubts]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert confidence(shuffled) == confidence(doubts)


def test_every_kind_has_a_factor_and_a_sentence_in_both_languages() -> None:
    kinds = {kind for part in get_args(DoubtKind) for kind in get_args(part)}
    assert set(WEIGHTS) == kinds
    for kind in KINDS:
        zh, en = (reason_of(kind, ("词",), language) for language in ("zh", "en"))
        assert zh.endswith("。")
        assert en.isascii() or "词" in en
        assert en.endswith(".")


def test_factors_are_shares_and_the_rarest_right_weigh_most() -> None:
    assert all(0 < weight.factor <= 1 and 0 <= weight.right <= weight.stated for weight in WEIGHTS.values())
    measured = {kind: weight.right / weight.stated for kind, weight in WEIGHTS.items() if weight.stated}
    withheld_alone = {kind for kind in measured if confidence([Doubt(kind)]) < MAY_BE_STATED}
    assert max(measured[kind] for kind in withheld_alone) < min(
        measured[k] for k in measured if k not in withheld_alone
    )


def test_a_plain_reading_has_the_base_and_a_typed_query_no_doubt_at_all(table: ResultTable) -> None:
    assert told(reading(), table)[1].confidence == BASE
    assert told(None, table)[1].confidence == 1.0
    assert told(reading(links=()), table)[1].confidence == 1.0  # a canonical sentence


def test_reasons_are_told_weightiest_first_and_weightless_ones_not(table: ResultTable) -> None:
    evidence = told(reading("passed_over", "unasked_split", "no_time"), table)[1]
    assert evidence.reasons == (
        reason_of("unasked_split", ("词",), "zh"), reason_of("passed_over", ("词",), "zh"),
    )  # fmt: skip
    factors = [WEIGHTS[doubt.kind].factor for doubt in by_weight(Doubt(kind) for kind in KINDS)]
    assert factors == sorted(factors)
    assert max(factors) < 1


def test_a_second_planner_confirms_words_but_not_decisions(table: ResultTable) -> None:
    alone = told(reading("by_loose_part", "unasked_split"), table)[1]
    both = told(reading("by_loose_part", "unasked_split", agreed=True), table)[1]
    assert both.agreed
    assert both.reasons == alone.reasons[1:]
    assert both.confidence == confidence([Doubt("unasked_split")])


def test_nobody_is_a_doubt_only_where_conditions_on_people_can_exclude_each_other(
    table: ResultTable, nothing: ResultTable
) -> None:
    assert is_nobody(OF_PEOPLE, nothing)
    assert not is_nobody(OF_PEOPLE, table)
    assert not is_nobody(QUERY, nothing)
    assert [d.kind for d in doubts_of(reading(query=OF_PEOPLE), table=nothing, checks=(GOOD,))] == ["nobody_found"]


# the grade ----------------------------------------------------------------------------------------------------------
def test_through_the_semantic_layer_is_governed_whatever_the_confidence(table: ResultTable) -> None:
    assert told(reading("by_sound", "no_metric"), table)[0] == "governed"
    assert told(None, table)[0] == "governed"


@pytest.mark.parametrize(("name", "trust"), [
    ("parts_sum_to_total", "unverified"), ("rows_unique", "unverified"), ("rate_in_range", "unverified"),
    ("small_groups", "governed"), ("maturity", "governed"),
])  # fmt: skip
def test_only_a_check_that_must_hold_takes_the_grade(table: ResultTable, name: str, trust: str) -> None:
    assert told(None, table, Check(name=name, passed=False, detail=""))[0] == trust


def test_a_model_alone_is_governed_only_where_the_lexicon_knows_every_word(table: ResultTable) -> None:
    guessed = (LINK, Link("嘚啵", 4, 6, "metric", "buyers", fuzzy=True))
    assert told(reading(path="llm"), table)[0] == "governed"
    assert told(reading(path="llm", links=guessed), table)[0] == "unverified"
    assert told(reading(path="llm", unexplained=("嘚啵",)), table)[0] == "unverified"
    assert told(reading(path="llm", links=guessed, agreed=True), table)[0] == "governed"
    assert told(reading(path="llm"), table)[1].confidence < BASE  # type: ignore[operator]


@given(st.lists(st.sampled_from(KINDS), unique=True))
def test_no_evidence_makes_an_answer_verified(kinds: list[DoubtKind]) -> None:
    assert grade(reading(), [Doubt(kind) for kind in kinds]) != "verified"


# stated, or offered -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["by_loose_part", "unjoined_metrics"])
def test_too_doubtful_a_reading_is_offered_instead_of_stated(table: ResultTable, kind: SignKind) -> None:
    trust, evidence = told(reading(kind), table)
    refusal = withheld(answer(evidence, trust=trust))
    assert refusal is not None
    assert refusal.code == "too_doubtful"
    assert refusal.instead == ("2026-09 · 购买人数",)
    assert evidence.reasons[0] in refusal.reason


def test_what_may_be_stated_is_not_withheld(table: ResultTable) -> None:
    plain = told(reading("no_metric", "by_sound"), table)[1]
    doubtful = told(reading("by_loose_part"), table)[1]
    assert withheld(answer(plain)) is None
    assert withheld(answer(doubtful, trust="verified")) is None
    assert withheld(answer(doubtful.model_copy(update={"path": "raw"}))) is None
    assert withheld(answer(plain.model_copy(update={"confidence": MAY_BE_STATED}))) is None
    assert withheld(answer(plain.model_copy(update={"confidence": MAY_BE_STATED - 0.001}))) is not None


def test_readings_that_agree_are_counted_and_are_as_sure_as_the_surest(table: ResultTable) -> None:
    doubtful, sure = (answer(told(reading(*signs), table)[1]) for signs in (("by_loose_part",), ()))
    shared = shared_evidence([doubtful, sure])
    assert shared is not None
    assert (shared.readings, shared.confidence) == (2, BASE)
    assert shared_evidence([doubtful.model_copy(update={"evidence": None})]) is None


def test_the_text_says_how_sure_it_is_and_why_only_where_something_lowered_it(table: ResultTable) -> None:
    assert "把握" not in as_text(answer(told(reading(), table)[1]))
    text = as_text(answer(told(reading("by_sound"), table)[1]))
    assert "把握 97%:按读音猜了“词”。" in text
