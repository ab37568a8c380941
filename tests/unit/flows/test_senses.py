"""What an answer says of the words of the house: the sense, and what settled it."""

import pytest

from app.flows.senses import sense_definitions, sense_notes, used_senses
from app.planning.plan import ChosenSense, SettledBy
from tests.fixtures.memory import glossary

TERM = glossary().term("gmv")


def chosen(sense: str, by: SettledBy, *, alone: bool = False) -> ChosenSense:
    meaning = TERM.sense(sense)
    assert meaning is not None
    word = TERM.model_copy(update={"senses": (meaning,)}) if alone else TERM
    return ChosenSense("gmv", sense, by, word, meaning)


@pytest.mark.parametrize(
    ("by", "zh", "en"),
    [
        ("asked", "你指定的", "as you said"),
        ("remembered", "你之前的选择", "your earlier choice"),
        ("department", "部门约定", "the convention of your department"),
        ("brand", "品牌约定", "the convention of the brand"),
    ],
)
def test_a_note_says_the_sense_and_what_settled_it(by: SettledBy, zh: str, en: str) -> None:
    senses = (chosen("placed", by),)
    assert list(sense_notes(senses, "zh")) == [f"「GMV」按市场口径({zh}):拍下即计。"]
    assert list(sense_notes(senses, "en")) == [f'"GMV" in the sense of Marketing ({en}): As placed.']


def test_a_word_that_can_mean_one_thing_only_is_defined_without_a_note() -> None:
    senses = (chosen("placed", "only", alone=True),)
    assert list(sense_notes(senses, "zh")) == []
    assert used_senses(senses, "zh") == ()
    assert [d.text for d in sense_definitions(senses, "zh")] == ["成交总额"]


def test_an_open_word_is_told_without_a_claim_of_who_settled_it() -> None:
    senses = (chosen("paid", "open"),)
    assert list(sense_notes(senses, "zh")) == []
    assert [(s.sense, s.by, s.who) for s in used_senses(senses, "en")] == [("paid", "open", "Trade")]


def test_the_definition_is_of_the_sense_with_its_owner_and_version() -> None:
    (definition,) = sense_definitions((chosen("paid", "brand"),), "zh")
    assert (definition.id, definition.name, definition.text) == ("gmv", "GMV", "电商:支付即计")
    assert (definition.owner, definition.version) == ("电商部", TERM.version)
