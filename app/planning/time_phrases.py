"""Time in a question: windows, comparisons, grains and lengths, with their spans, anchored on the data-as-of day.

`read_time` is what a planner wants: the four kinds together, each character explained by at most one of them. The text
is normalised text (`normalise`); spans index it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeVar

from app.planning.calendar import PromoCalendar
from app.planning.normalise import is_chinese
from app.planning.time import chinese_dates, chinese_relative, english
from app.planning.time.combine import combined
from app.planning.time.comparisons import ComparisonDraft, ComparisonMatch, comparison_drafts, resolve_comparison
from app.planning.time.comparisons import settle_comparison as _settle_comparison
from app.planning.time.drafts import Draft, Rule, Scope, settle
from app.planning.time.durations import DurationMatch
from app.planning.time.durations import find_durations as _all_durations
from app.planning.time.event_phrases import event_rules
from app.planning.time.grains import Grain, GrainMatch
from app.planning.time.grains import find_grains as _all_grains
from app.planning.time.labels import dates, label
from app.planning.time.ranges import EventPart, TimeRange
from app.planning.time.windows import comparison_window

__all__ = [
    "ComparisonMatch", "DurationMatch", "EventPart", "Grain", "GrainMatch", "TimeMatch", "TimeRange",
    "TimeReading", "comparison_window", "dates", "find_comparisons", "find_durations", "find_grains", "find_times",
    "label", "read_time", "resolve_comparison",
]  # fmt: skip

_RULES: tuple[Rule, ...] = (*chinese_dates.RULES, *chinese_relative.RULES, *english.RULES)
_JOINS = re.compile(r"[和跟与同]")
_Found = TypeVar("_Found", ComparisonMatch, GrainMatch, DurationMatch)
_Candidate = Draft | ComparisonDraft | GrainMatch | DurationMatch


@dataclass(frozen=True, slots=True)
class TimeMatch:
    """A window named at `text[start:end]`."""

    start: int
    end: int
    value: TimeRange
    role: Literal["window"] = "window"


@dataclass(frozen=True, slots=True)
class TimeReading:
    """All that a text says about time. Spans do not overlap."""

    times: tuple[TimeMatch, ...] = ()
    comparisons: tuple[ComparisonMatch, ...] = ()
    grains: tuple[GrainMatch, ...] = ()
    durations: tuple[DurationMatch, ...] = ()


def read_time(text: str, as_of: date, calendar: PromoCalendar) -> TimeReading:
    """Everything normalised `text` says about time; the longest phrase wins where two overlap.

    Raises:
        WindowError: a date that does not exist, a reversed range, or an event that the calendar does not know.
    """
    squeezed, back = _squeeze(text)
    scope = Scope(squeezed, as_of, calendar)
    drafts = combined([draft for rule in (*_RULES, *event_rules(calendar)) for draft in rule.drafts(scope)], scope)
    kept = _longest([*comparison_drafts(drafts, scope), *drafts, *_all_grains(squeezed), *_all_durations(squeezed)])
    times = [_time(draft, scope, back) for draft in kept if isinstance(draft, Draft)]
    main = times[0].value if times else None
    compared = [_settle_comparison(draft, main, scope) for draft in kept if isinstance(draft, ComparisonDraft)]
    comparisons = [_as_named(times, _later_first(times, match, text), text) for match in _restored(compared, back)]
    return TimeReading(
        tuple(times),
        tuple(comparisons),
        _restored([grain for grain in kept if isinstance(grain, GrainMatch)], back),
        _restored([duration for duration in kept if isinstance(duration, DurationMatch)], back),
    )


def _later_first(times: list[TimeMatch], match: ComparisonMatch, text: str) -> ComparisonMatch:
    """去年双11和今年双11比 names two equals: the later one is asked. 8月比9月 stays as it was said."""
    base = match.window
    if base is None or match.kind not in {"custom", "promo"} or not _JOINS.match(text, match.start):
        return match
    for index, time in enumerate(times):
        if not text[time.end : match.start].strip() and time.value.start < base.start and not time.value.open_start:
            # Each keeps the words that named it.
            times[index] = TimeMatch(match.start, match.end, base)
            return replace(match, start=time.start, end=time.end, window=time.value)
    return match


def _as_named(times: list[TimeMatch], match: ComparisonMatch, text: str) -> ComparisonMatch:
    """上上周比上周 counts both from today; 8月比上月 is July."""
    if match.kind != "prior_period" or match.window is None or match.same_period or not times:
        return match
    first = times[0]
    counted = text.startswith(("上上", "大上"), first.start) and first.value.start < match.window.start
    return replace(match, kind="custom") if counted else match


def find_times(text: str, as_of: date, calendar: PromoCalendar) -> tuple[TimeMatch, ...]:
    """The windows in normalised `text`, left to right; those inside a comparison are not among them."""
    return read_time(text, as_of, calendar).times


def find_comparisons(text: str, as_of: date, calendar: PromoCalendar) -> tuple[ComparisonMatch, ...]:
    """The comparisons asked for in normalised `text`."""
    return read_time(text, as_of, calendar).comparisons


def find_grains(text: str, as_of: date, calendar: PromoCalendar) -> tuple[GrainMatch, ...]:
    """The grains and trends asked for in normalised `text`."""
    return read_time(text, as_of, calendar).grains


def find_durations(text: str, as_of: date, calendar: PromoCalendar) -> tuple[DurationMatch, ...]:
    """The lengths in normalised `text` that belong to no window (90天复购率)."""
    return read_time(text, as_of, calendar).durations


def _squeeze(text: str) -> tuple[str, tuple[int, ...]]:
    """`text` without the spaces beside Chinese characters (7 月 1 日), and where each kept character stood."""
    kept = [index for index, character in enumerate(text) if character != " " or not _beside_chinese(text, index)]
    return "".join(text[index] for index in kept), tuple(kept)


def _beside_chinese(text: str, index: int) -> bool:
    return any(is_chinese(text[near]) for near in (index - 1, index + 1) if 0 <= near < len(text))


def _edges(candidate: _Candidate) -> tuple[int, int]:
    found = candidate.match if isinstance(candidate, ComparisonDraft) else candidate
    return found.start, found.end


def _longest(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Candidates without overlap, longest first; on equal length the earlier listed wins. In text order."""
    spans = [(*_edges(candidate), candidate) for candidate in candidates]
    taken: set[int] = set()
    kept: list[tuple[int, int, _Candidate]] = []
    for start, end, candidate in sorted(spans, key=lambda span: span[0] - span[1]):
        if end > start and taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            kept.append((start, end, candidate))
    return [candidate for _, _, candidate in sorted(kept, key=lambda span: span[0])]


def _time(draft: Draft, scope: Scope, back: tuple[int, ...]) -> TimeMatch:
    return TimeMatch(back[draft.start], back[draft.end - 1] + 1, settle(draft, scope))


def _restored(found: Sequence[_Found], back: tuple[int, ...]) -> tuple[_Found, ...]:
    """The same matches with spans in the text as it was given."""
    return tuple(replace(match, start=back[match.start], end=back[match.end - 1] + 1) for match in found)
