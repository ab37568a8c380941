"""Scores the time grammar on evals/cases/time: windows, comparisons, grains and lengths of each phrase, and no others.

A file is {as_of, cases}; a case is {q, w, cmp, cw, g, d, as_of, err}: question, windows in order (inclusive days),
kinds of comparison, the windows they lead to, grains ("trend" = without a named grain), durations in days. What a case
does not list must not be found, except that kinds are not judged where only their windows are listed. `err`: it must be
refused.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from app.core.errors import WindowError
from app.planning.calendar import PromoCalendar, load_calendar
from app.planning.normalise import normalise
from app.planning.time_phrases import read_time, resolve_comparison
from evals.cases import FOLDER, CasesError

_KEYS = ("w", "cmp", "cw", "g", "d")
Outcome = tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One expression; `expected` in the order of `_KEYS`."""

    question: str
    as_of: date
    expected: Outcome
    file: str
    judges_kinds: bool = True
    is_refused: bool = False

    @property
    def is_held(self) -> bool:
        """Whether it is reported in totals only."""
        return self.file.startswith("held")


@dataclass(frozen=True, slots=True)
class PhraseResult:
    phrase: Phrase
    found: Outcome | str
    """What was read, or the error that was raised."""

    @property
    def is_right(self) -> bool:
        if self.phrase.is_refused or isinstance(self.found, str):
            return self.phrase.is_refused and str(self.found).startswith(WindowError.__name__)
        judged = self.found if self.phrase.judges_kinds else (self.found[0], (), *self.found[2:])
        return judged == self.phrase.expected


def load_phrases(folder: Path = FOLDER / "time") -> list[Phrase]:
    """Every phrase of every file.

    Raises:
        CasesError: entries with keys that nothing reads.
    """
    phrases, problems = [], []
    for path in sorted(folder.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for entry in content["cases"]:
            unknown = set(entry) - {"q", "as_of", "err", *_KEYS}
            if unknown:
                problems.append(f"{path.name} {entry.get('q')}: unknown {', '.join(sorted(unknown))}")
            expected = tuple(tuple(entry.get(name, ())) for name in _KEYS)
            as_of, judges_kinds = entry.get("as_of", content["as_of"]), "cw" not in entry or "cmp" in entry
            phrases.append(
                Phrase(str(entry["q"]), as_of, expected, path.name, judges_kinds, is_refused=bool(entry.get("err")))
            )
    if problems:
        raise CasesError("\n".join(problems))
    return phrases


def score_phrases(phrases: list[Phrase], knowledge: Path) -> list[PhraseResult]:
    """Read every phrase with the calendar of the knowledge folder."""
    calendar = load_calendar(knowledge / "calendar")
    return [PhraseResult(phrase, _attempt(phrase, calendar)) for phrase in phrases]


def _attempt(phrase: Phrase, calendar: PromoCalendar) -> Outcome | str:
    try:
        return outcome(phrase, calendar)
    except Exception as error:  # noqa: BLE001 - the edge of the examination
        return f"{type(error).__name__}: {error}"


def outcome(phrase: Phrase, calendar: PromoCalendar) -> Outcome:
    """What the time grammar reads, in the order of `_KEYS`."""
    reading = read_time(normalise(phrase.question).text, phrase.as_of, calendar)
    windows = [match.value for match in reading.times]
    compared = [resolve_comparison(match, windows[0], calendar) for match in reading.comparisons] if windows else []
    return (
        tuple(_shown(window) for window in windows),
        tuple(match.kind for match in reading.comparisons),
        tuple(_shown(window) for window in compared),
        tuple("trend" if match.trend else match.grain for match in reading.grains),
        tuple(match.days for match in reading.durations),
    )


def _shown(window: Any) -> str:
    return f"{'' if window.open_start else window.start}..{window.end}"
