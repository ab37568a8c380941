"""English wordings that mean the same, and small words that must not be lost."""

import pytest

from app.planning.context import PlanContext, Previous
from app.planning.rule_planner import RulePlanner
from app.semantic.query import SemanticQuery


def _query(planner: RulePlanner, question: str) -> SemanticQuery:
    readings = planner.plan(question).readings
    assert readings, question
    return readings[0].query


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("what did each channel sell in September", "sales by channel in September"),
        ("what's each brand's gross margin in Q3", "gross margin by brand in Q3"),
        ("how many face masks did JD sell last month", "units of masks sold on JD last month"),
        ("sales by channel in Septmber", "sales by channel in September"),
        ("slaes by channel in September", "sales by channel in September"),
        ("the 5 stores with the highest sales in September", "top 5 stores by sales in September"),
        ("category-wise sales for Oct", "sales by category in October"),
        ("what did the stores take in in September", "sales of stores in September"),
    ],
)
def test_wordings_of_one_question_give_one_plan(planner: RulePlanner, said: str, plain: str) -> None:
    assert _query(planner, said) == _query(planner, plain)


def test_both_numbers_joined_by_and_are_asked(planner: RulePlanner) -> None:
    assert set(_query(planner, "Tmall sales and orders in September").metrics) == {"gmv_paid", "paid_order_count"}


def test_all_but_one_excludes_it(planner: RulePlanner) -> None:
    filters = _query(planner, "sales for all channels but Tmall in September").filters
    assert [(f.op, f.values) for f in filters] == [("ne", ("tmall",))]


def test_where_sales_were_made_is_no_deed_of_a_person(planner: RulePlanner) -> None:
    query = _query(planner, "sales made on Tmall in September")
    assert not query.people
    assert [f.values for f in query.filters] == [("tmall",)]


@pytest.mark.parametrize(
    "question",
    ["sales by channel in September for members", "mean sales in September", "members' share of October revenue"],
)
def test_a_word_that_would_be_lost_is_refused(planner: RulePlanner, question: str) -> None:
    assert not planner.plan(question).readings


def test_a_plural_behind_a_number_is_counted(planner: RulePlanner) -> None:
    clauses = _query(planner, "how many people had two or more refunds this year").people
    assert [c.metric for c in clauses] == ["refund_count"]


def test_the_previous_month_is_the_one_before_the_window_asked(planner: RulePlanner) -> None:
    question = "Tmall sales in September"
    context = PlanContext(previous=Previous(question, _query(planner, question)))
    query = planner.plan("and the previous month?", context).readings[0].query
    assert (query.start.isoformat(), query.end.isoformat()) == ("2026-08-01", "2026-08-31")
