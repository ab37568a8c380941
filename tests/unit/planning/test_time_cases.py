"""The time grammar on its case files: what marketers say, and a held-out set scored before it was tuned on."""

import pytest
from time_cases import Case, load_cases, outcome

from app.core.errors import WindowError

FILES = ("marketer_phrases.yaml", "held_out.yaml", "found_by_probing.yaml", "calendar_dev.yaml", "held_calendar.yaml")
ALL = [case for name in FILES for case in load_cases(name)]
CASES = [case for case in ALL if not case.is_refused]
REFUSED = [case for case in ALL if case.is_refused]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.as_of} {case.question}")
def test_every_phrase_is_read_as_it_was_meant_and_nothing_else_is_found(case: Case) -> None:
    assert outcome(case) == case.expected


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.as_of} {case.question}")
def test_what_does_not_exist_or_is_not_known_yet_is_refused(case: Case) -> None:
    with pytest.raises(WindowError) as caught:
        outcome(case)
    assert caught.value.hint
