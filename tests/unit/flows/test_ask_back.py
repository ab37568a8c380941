"""What is asked back: which sense each option is, in words that can choose it, and how far its number is off."""

from datetime import date

import pytest

from app.flows.answer import Answer, Column, Language, Trace
from app.flows.clarify import Tried, ask_back
from app.flows.clarify_reply import chosen_option
from app.knowledge.glossary import read_glossary
from app.planning.plan import ChosenSense, Reading, SettledBy
from app.semantic.query import SemanticQuery
from tests.fixtures.memory import TERMS
from tests.fixtures.planner import real_model

GLOSSARY = read_glossary(
    [("terms.yaml", (TERMS + TERMS.split("terms:")[1].replace("GMV", "流水").replace("id: gmv", "id: flow")).encode())]
)


def chosen(sense: str, by: SettledBy = "open", term: str = "gmv") -> ChosenSense:
    word = GLOSSARY.term(term)
    meaning = word.sense(sense)
    assert meaning is not None
    return ChosenSense(term, sense, by, word, meaning)


def tried(number: float, *senses: ChosenSense, unit: str = "CNY", metric: str = "gmv_paid") -> Tried:
    query = SemanticQuery(metrics=(metric,), start=date(2026, 9, 1), end=date(2026, 9, 30))
    answer = Answer(
        status="answered", language="zh", query=query, rows=((number,),), trace=Trace(request_id="r"),
        columns=(Column(name=metric, label="m", kind="metric", unit=unit),),
    )  # fmt: skip
    return Tried(Reading(query, 1.0, senses=senses), answer)


def options(*found: Tried, language: Language = "zh"):
    return ask_back(found, real_model(), language).options


def test_an_option_is_a_sense_with_its_names_and_settles_it() -> None:
    placed, paid = options(tried(2, chosen("placed")), tried(1, chosen("paid")), language="en")
    assert (placed.label, placed.who, placed.meaning) == ("Marketing: As placed", "Marketing", "As placed")
    assert (paid.term, paid.sense) == ("gmv", "paid")
    assert set(paid.names) == {"支付", "电商", "Trade"}


@pytest.mark.parametrize(
    ("unit", "numbers", "told"),
    [("rate", (0.13, 0.633), "比第一种 +50.3 pp"), ("CNY", (200.0, 100.0), "比第一种 −50.0%")],
)
def test_rates_differ_in_points_and_amounts_in_percent(unit: str, numbers: tuple[float, float], told: str) -> None:
    first, second = options(
        tried(numbers[0], chosen("placed"), unit=unit), tried(numbers[1], chosen("paid"), unit=unit)
    )
    assert "比" not in first.preview
    assert second.preview.endswith(told)


def test_of_several_open_words_only_those_that_differ_name_the_options() -> None:
    one, two = options(
        tried(1, chosen("placed"), chosen("paid", term="flow")), tried(2, chosen("paid"), chosen("paid", term="flow"))
    )
    assert (one.term, one.sense, two.sense) == ("gmv", "placed", "paid")


def test_two_open_words_are_both_named_and_neither_is_settled_for_good() -> None:
    pairs = [(a, b) for a in ("placed", "paid") for b in ("placed", "paid")]
    found = options(*(tried(n, chosen(a), chosen(b, term="flow")) for n, (a, b) in enumerate(pairs, 1)))
    assert len({option.label for option in found}) == 4
    assert all(option.term is None and option.sense is None for option in found)
    assert chosen_option("支付", found) is None
    assert chosen_option("第三个", found) is found[2]
