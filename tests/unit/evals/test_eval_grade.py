"""Verdicts: what counts as right, as a false number, and as saying nothing false."""

import pytest
from eval_builders import METRIC, answered, asked_back, case, refused

from app.flows.answer import Answer
from evals.ask import Asked
from evals.grade import grade

SEVEN, EIGHT = answered([("n", METRIC)], [(7,)]), answered([("n", METRIC)], [(8,)])
TABLE = case(sql="SELECT 7", alternatives=["SELECT 8"])
REFUSE, REFUSE_OR_ASK = case(refuse=True), case(refuse=["unknown_term", "needs_clarification"])
CLARIFY = case(clarify={"term": "复购率", "readings": ["SELECT 7", "SELECT 8", "SELECT 9"]})
READINGS = [[(7.0,)], [(8.0,)], [(9.0,)]]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(SEVEN, "right"), (EIGHT, "right"), (answered([("n", METRIC)], [(9,)]), "wrong"),
     (refused("not_understood"), "refused"), (asked_back(), "asked_back")],
)  # fmt: skip
def test_a_table_may_equal_any_defensible_reading(answer: Answer, outcome: str) -> None:
    assert grade(TABLE, Asked(answer), [[(7.0,)], [(8.0,)]]).outcome == outcome


def test_a_crash_and_a_failed_answer_are_failures_not_refusals() -> None:
    assert grade(REFUSE, Asked(None, crash="KeyError: x"), []).outcome == "failed"
    broken = refused("internal_error").model_copy(update={"status": "failed"})
    assert grade(REFUSE, Asked(broken), []).outcome == "failed"


def test_to_say_that_there_is_nothing_is_right_only_where_there_is_nothing() -> None:
    nothing = refused("zero_denominator")
    assert grade(TABLE, Asked(nothing), [[(None,)]]).outcome == "right"
    assert grade(TABLE, Asked(nothing), [[]]).outcome == "right"
    assert grade(TABLE, Asked(nothing), [[(0.0,)]]).outcome == "refused"
    assert grade(TABLE, Asked(refused("not_understood")), [[(None,)]]).outcome == "refused"


def test_what_can_not_be_answered_is_refused_and_asked_back_only_where_the_case_allows_it() -> None:
    assert grade(REFUSE, Asked(refused("out_of_scope")), []).outcome == "right"
    assert grade(REFUSE, Asked(asked_back()), []).outcome == "asked_back"
    assert grade(REFUSE_OR_ASK, Asked(asked_back()), []).outcome == "right"
    assert grade(REFUSE_OR_ASK, Asked(SEVEN), []).outcome == "wrong"


def test_an_open_term_is_asked_back_with_the_numbers_of_two_readings() -> None:
    assert grade(CLARIFY, Asked(asked_back(), options=(SEVEN, EIGHT)), READINGS).outcome == "right"
    assert grade(CLARIFY, Asked(asked_back(), options=(SEVEN, SEVEN)), READINGS).outcome == "asked_back"
    assert (
        grade(CLARIFY, Asked(asked_back(), options=(SEVEN, refused("immature_cohort"))), READINGS).outcome
        == "asked_back"
    )


def test_a_number_for_an_open_term_is_wrong_even_if_it_is_one_of_the_readings() -> None:
    assert grade(CLARIFY, Asked(SEVEN), READINGS).outcome == "wrong"
    assert grade(CLARIFY, Asked(refused("not_understood")), READINGS).outcome == "refused"


def test_readings_that_agree_are_one_reading() -> None:
    agreeing = [[(7.0,)], [(7.0,)]]
    assert grade(CLARIFY, Asked(asked_back(), options=(SEVEN,)), agreeing).outcome == "right"


SQL = "SELECT sum(x) FROM t WHERE at >= '2026-09-01' AND at < '2026-10-01' AND channel = 'douyin'"


@pytest.mark.parametrize(
    ("sql", "stage"),
    [("… '2026-09-01' … '2026-09-30' … 'douyin'", "result"), ("… '2026-08-01' … '2026-09-01' … 'douyin'", "time"),
     ("… '2026-09-01' … '2026-10-01' … 'tmall'", "lexicon")],
)  # fmt: skip
def test_a_wrong_table_points_at_the_stage_that_lost_it(sql: str, stage: str) -> None:
    answer = answered([("n", METRIC)], [(9,)], sql=sql)
    assert grade(case(sql=SQL), Asked(answer), [[(7.0,)]]).stage == stage


def test_other_columns_point_at_the_reading() -> None:
    answer = answered([("n", METRIC), ("m", METRIC)], [(7, 1)], sql=SQL)
    assert grade(case(sql=SQL), Asked(answer), [[(7.0,)]]).stage == "reading"
