"""Bought in every one of several times is a condition for each time, never one joined window."""

from datetime import date

import pytest

from app.planning.rule_planner import RulePlanner

AUGUST, SEPTEMBER = (date(2026, 8, 1), date(2026, 8, 31)), (date(2026, 9, 1), date(2026, 9, 30))


@pytest.mark.parametrize(
    "question",
    [
        "8月和9月都买过的客户有多少",
        "8月和9月都下过单的人数",
        "how many customers bought in both August and September",
        "2026年8月、9月都消费过的客人有几个",
    ],
)
def test_each_time_is_a_condition_of_its_own(planner: RulePlanner, question: str) -> None:
    [reading] = planner.plan(question).readings
    assert [(c.start, c.end, c.negated) for c in reading.query.people] == [(*AUGUST, False), (*SEPTEMBER, False)]
    assert reading.query.grain is None


def test_neither_time_negates_both(planner: RulePlanner) -> None:
    [reading] = planner.plan("8月和9月都没下单的会员数").readings
    assert [(c.start, c.end, c.negated) for c in reading.query.people] == [(*AUGUST, True), (*SEPTEMBER, True)]


def test_without_the_word_all_the_times_are_shown_apart(planner: RulePlanner) -> None:
    [reading] = planner.plan("8月和9月的买家数").readings
    assert reading.query.people == ()
    assert reading.query.grain == "month"


@pytest.mark.parametrize("question", ["今年每个月都买过的人有多少", "每周都下单的会员数"])
def test_in_every_bucket_is_refused_rather_than_split_by_bucket(planner: RulePlanner, question: str) -> None:
    assert planner.plan(question).unplanned is not None
