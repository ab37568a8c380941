"""Reads evals/cases/time: each case states every window, comparison, grain and length; nothing else may be found.

Where only the compared windows are stated, the kinds of comparison are not judged; `err` marks what must be refused.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.planning.calendar import PromoCalendar, load_calendar
from app.planning.normalise import normalise
from app.planning.time_phrases import read_time, resolve_comparison

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "evals" / "cases" / "time"


@dataclass(frozen=True)
class Case:
    question: str
    as_of: date
    expected: tuple[tuple[Any, ...], ...]
    is_refused: bool = False
    judges_kinds: bool = True


@cache
def brand_calendar() -> PromoCalendar:
    return load_calendar(ROOT / "knowledge" / "calendar")


def load_cases(name: str) -> list[Case]:
    content = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))
    return [_case(entry, content["as_of"]) for entry in content["cases"]]


def _case(entry: dict[str, Any], as_of: date) -> Case:
    keys = ("w", "cmp", "cw", "g", "d")
    unknown = set(entry) - {"q", "as_of", "err", *keys}
    assert not unknown, f"unknown keys in {entry}"
    expected = tuple(tuple(entry.get(key, ())) for key in keys)
    judges_kinds = "cw" not in entry or "cmp" in entry
    return Case(str(entry["q"]), entry.get("as_of", as_of), expected, bool(entry.get("err")), judges_kinds)


def outcome(case: Case) -> tuple[tuple[Any, ...], ...]:
    calendar = brand_calendar()
    reading = read_time(normalise(case.question).text, case.as_of, calendar)
    windows = [match.value for match in reading.times]
    compared = [resolve_comparison(match, windows[0], calendar) for match in reading.comparisons] if windows else []
    return (
        tuple(shown(window) for window in windows),
        tuple(match.kind for match in reading.comparisons if case.judges_kinds),
        tuple(shown(window) for window in compared),
        tuple("trend" if match.trend else match.grain for match in reading.grains),
        tuple(match.days for match in reading.durations),
    )


def shown(window: Any) -> str:
    return f"{'' if window.open_start else window.start}..{window.end}"
