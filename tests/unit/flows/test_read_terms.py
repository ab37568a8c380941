"""Looking words up: what is found, whose meaning it is, and what settles it for the reader."""

from datetime import date

import pytest

from app.core.actor import Actor
from app.flows.read_terms import ReadTerms
from app.knowledge.glossary import Glossary, read_glossary
from tests.fixtures.memory import TERMS

MORE = """
  - id: aov
    label: {zh: 客单价, en: AOV}
    aliases: {zh: [人均消费]}
    kind: metric
    text: {zh: 每位买家花了多少, en: Spend per buyer}
    senses:
      - {id: usual, who: {zh: 全公司, en: Everyone}, meaning: {zh: 按人, en: Per buyer}, names: [按人],
         rewrite: {metric: aov}}
bindings:
  - {owner: 数据部, source: test, senses: {gmv: placed}}
  - {owner: 数据部, source: test, department: 电商部, senses: {gmv: paid}}
  - {owner: 数据部, source: test, brand: other, senses: {gmv: booked}}
"""


@pytest.fixture
def glossary() -> Glossary:
    return read_glossary([("terms.yaml", (TERMS + MORE).encode())])


@pytest.fixture
def remembered() -> dict[str, str]:
    return {}


@pytest.fixture
def terms(glossary: Glossary, remembered: dict[str, str]) -> ReadTerms:
    return ReadTerms(lambda: glossary, lambda _: remembered, lambda: date(2026, 10, 31))


@pytest.mark.parametrize(
    ("department", "chosen", "sense", "by"),
    [
        (None, None, "placed", "brand"),
        ("电商部", None, "paid", "department"),
        ("电商部", "placed", "placed", "remembered"),
    ],
)
def test_the_readers_own_meaning_is_marked_with_what_settles_it(
    terms, remembered, department, chosen, sense, by
) -> None:
    remembered |= {"gmv": chosen} if chosen else {}
    (gmv,) = terms.find("GMV", Actor(id="a", department=department, brand_ids=frozenset({"mine"})), "zh").terms
    assert [(one.id, one.by) for one in gmv.senses if one.by] == [(sense, by)]
    assert not gmv.is_open


def test_bindings_of_brands_that_the_reader_can_not_see_are_not_shown(terms) -> None:
    (gmv,) = terms.find("GMV", Actor(id="a", brand_ids=frozenset({"mine"})), "zh").terms
    assert {one.id: one.bound_for for one in gmv.senses} == {"placed": ("",), "paid": ("电商部",), "booked": ()}
    (seen,) = terms.find("GMV", Actor(id="a", brand_ids=frozenset({"other"})), "zh").terms
    assert seen.senses[2].bound_for == ("",)


def test_a_sense_that_can_not_be_computed_says_why(terms) -> None:
    (gmv,) = terms.find("gmv", Actor(id="a"), "en").terms
    assert [one.why_not for one in gmv.senses] == ["", "", "There is no ledger"]


def test_words_are_found_by_name_by_alias_by_typo_and_by_what_they_mean(terms) -> None:
    actor = Actor(id="a")
    for text in ("客单价", "人均消费", "人均消肥", "每位买家"):
        assert [term.label for term in terms.find(text, actor, "zh").terms] == ["客单价"], text
    assert terms.find("天气", actor, "zh").total == 0


def test_without_a_text_all_are_listed_those_with_several_senses_first(terms) -> None:
    found = terms.find(" ", Actor(id="a"), "en", limit=1)
    assert [term.label for term in found.terms] == ["GMV"]
    assert found.total == 2


def test_without_a_binding_the_word_is_open(glossary) -> None:
    bare = read_glossary([("terms.yaml", (TERMS + MORE.split("bindings:")[0]).encode())])
    terms = ReadTerms(lambda: bare, lambda _: {}, lambda: date(2026, 10, 31))
    found = terms.find("", Actor(id="a"), "zh").terms
    assert {term.label: term.is_open for term in found} == {"GMV": True, "客单价": False}
