"""The time grammar on its case files: what marketers say, and a held-out set scored before it was tuned on."""

import pytest
from time_cases import Case, load_cases, outcome

FILES = ("marketer_phrases.yaml", "held_out.yaml", "found_by_probing.yaml")
CASES = [case for name in FILES for case in load_cases(name)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.as_of} {case.question}")
def test_every_phrase_is_read_as_it_was_meant_and_nothing_else_is_found(case: Case) -> None:
    assert outcome(case) == case.expected
