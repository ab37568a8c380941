"""The time grammar on its case files: what marketers say, and a held-out set scored before it was tuned on."""

import pytest
from time_cases import Case, load_cases, outcome

CASES = [*load_cases("marketer_phrases.yaml"), *load_cases("held_out.yaml")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.as_of} {case.question}")
def test_every_phrase_is_read_as_it_was_meant_and_nothing_else_is_found(case: Case) -> None:
    assert outcome(case) == case.expected
