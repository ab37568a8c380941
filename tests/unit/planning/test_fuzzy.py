"""Approximate matching: only for what nothing else explains, only where one name fits, and always disclosed."""

import pytest

from app.planning.fuzzy import FuzzyIndex
from app.planning.lattice import Token
from app.planning.rule_planner import RulePlanner
from tests.fixtures.planner import said


def heard(planner: RulePlanner, text: str) -> str | None:
    tokens = planner.fuzzy.repair(text, [Token(0, len(text), text, kind="unknown")])
    return tokens[0].text if tokens else None


@pytest.mark.parametrize(
    ("text", "meant"), [("抖因", "抖音"), ("天毛", "天猫"), ("销售鹅", "销售额"), ("复够率", "复购率")]
)
def test_a_word_that_sounds_the_same_is_heard(planner: RulePlanner, text: str, meant: str) -> None:
    assert heard(planner, text) == meant


@pytest.mark.parametrize(("text", "meant"), [("chanel", "channel"), ("repurchse rate", "repurchase rate")])
def test_a_slip_of_the_keyboard_is_read(planner: RulePlanner, text: str, meant: str) -> None:
    assert heard(planner, text) == meant


def test_part_of_one_name_is_that_name_and_part_of_several_is_none(planner: RulePlanner) -> None:
    [token] = planner.fuzzy.repair("焕亮精华", [Token(0, 4, "焕亮精华", kind="unknown")])
    assert (token.text, token.fuzzy) == ("焕亮精华", True)
    assert {candidate.value for candidate in token.candidates} == {"水光焕亮精华 30ml"}
    assert heard(planner, "30ml") is None


@pytest.mark.parametrize("text", ["鳄梨", "毛茸茸", "flumox", "xx", "柒"])
def test_what_is_like_nothing_stays_unknown(planner: RulePlanner, text: str) -> None:
    assert heard(planner, text) is None


def test_one_unmatched_stretch_leaves_all_unmatched(planner: RulePlanner) -> None:
    text = "抖因鳄梨"
    missing = [Token(0, 2, "抖因", kind="unknown"), Token(2, 4, "鳄梨", kind="unknown")]
    assert planner.fuzzy.repair(text, missing[:1])
    assert planner.fuzzy.repair(text, missing) == []


def test_known_words_are_never_repaired(planner: RulePlanner) -> None:
    assert planner.fuzzy.repair("销售额", [Token(0, 3, "销售额", kind="word")]) == []


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("上个月抖因的销售额", "上个月抖音的销售额"),
        ("上个月各渠道的销售鹅", "上个月各渠道的销售额"),
        ("sales by chanel last month", "sales by channel last month"),
    ],
)
def test_a_misspelt_question_is_answered_like_the_right_one_and_says_so(
    planner: RulePlanner, question: str, right: str
) -> None:
    [guessed], [meant] = planner.plan(question).readings, planner.plan(right).readings
    assert said(guessed.query) == said(meant.query)
    assert len(guessed.fuzzy) == 1
    assert " → " in guessed.fuzzy[0]
    assert meant.fuzzy == ()


def test_suggestions_are_near_names_best_first(planner: RulePlanner) -> None:
    names = planner.fuzzy.nearest("复购绿", "zh")
    assert 0 < len(names) <= 3
    assert any("复购" in name for name in names)


def test_the_index_holds_names_of_the_model_and_values_only(planner: RulePlanner) -> None:
    index = FuzzyIndex(planner.lexicon)
    assert "请问" not in index.nearest("请问", "zh", limit=50)
