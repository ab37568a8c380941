"""A refusal says what was not understood, in the asker's language, and what to ask instead."""

import pytest

from app.planning.plan import Unplanned
from app.planning.rule_planner import RulePlanner


def refusal(planner: RulePlanner, question: str) -> Unplanned:
    found = planner.plan(question)
    assert found.readings == ()
    assert found.unplanned is not None
    return found.unplanned


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("", "unreadable_question"),
        ("   ", "unreadable_question"),
        ("???", "unreadable_question"),
        ("😀😀", "unreadable_question"),
        ("销" * 1001, "unreadable_question"),
        ("上个月天鹅的销售额", "not_understood"),
        ("how did the flumox perform last month", "not_understood"),
        ("上个月", "no_metric"),
        ("last month", "no_metric"),
        ("为什么上个月销售额下降", "out_of_scope"),
        ("预测下个月销售额", "out_of_scope"),
        ("给沉睡会员发短信", "out_of_scope"),
        ("写一条双11短信文案", "out_of_scope"),
        ("phone numbers of gold members", "out_of_scope"),
        ("write a sms for dormant members", "out_of_scope"),
        ("9月各媒体的会员数", "impossible_split"),
        ("members by coupon template last month", "impossible_split"),
    ],
)
def test_each_reason_has_its_code(planner: RulePlanner, question: str, code: str) -> None:
    assert refusal(planner, question).code == code


@pytest.mark.parametrize("question", ["上个月天鹅的销售额", "为什么上个月销售额下降", "9月各媒体的会员数", "上个月"])
def test_a_chinese_question_is_refused_in_chinese(planner: RulePlanner, question: str) -> None:
    found = refusal(planner, question)
    assert any("\u4e00" <= character <= "\u9fff" for character in found.reason)
    assert planner.plan(question).language == "zh"


@pytest.mark.parametrize(
    "question", ["flumox last month", "why did sales drop last month", "members by media last month"]
)
def test_an_english_question_is_refused_in_english(planner: RulePlanner, question: str) -> None:
    found = refusal(planner, question)
    assert found.reason.isascii() or "“" in found.reason
    assert not any("\u4e00" <= character <= "\u9fff" for character in found.reason)
    assert planner.plan(question).language == "en"


def test_the_words_that_were_not_understood_are_quoted(planner: RulePlanner) -> None:
    assert "“天鹅”" in refusal(planner, "上个月天鹅的销售额").reason
    assert "“flumox”" in refusal(planner, "sales of flumox last month").reason


@pytest.mark.parametrize("question", ["上个月天鹅的销售额", "sales of flumox last month"])
def test_near_names_are_offered_and_exist(planner: RulePlanner, question: str) -> None:
    instead = refusal(planner, question).instead
    assert instead
    for line in instead:
        assert line[line.index("“") + 1 : line.index("”")] in planner.lexicon.entries


def test_an_impossible_split_names_metrics_that_can(planner: RulePlanner) -> None:
    [line] = refusal(planner, "9月各媒体的会员数").instead
    assert any(label in line for label in ("投放花费", "曝光量", "ROAS"))


def test_without_a_metric_examples_are_questions_that_work(planner: RulePlanner) -> None:
    for question in ("上个月", "last month"):
        for example in refusal(planner, question).instead:
            assert planner.plan(example).readings, example


def test_what_is_offered_out_of_scope_works(planner: RulePlanner) -> None:
    for question in ("为什么上个月销售额下降", "why did sales drop"):
        for example in refusal(planner, question).instead:
            assert planner.plan(example).readings, example
