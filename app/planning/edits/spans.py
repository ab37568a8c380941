"""The window of the turn before as the time grammar would have read it, and what moves with a new window."""

import re
from dataclasses import replace
from datetime import date, timedelta

from app.core.errors import WindowError
from app.planning.calendar import PromoCalendar
from app.planning.context import Previous
from app.planning.draft import Draft
from app.planning.normalise import normalise
from app.planning.shapes.comparison import bucket_before
from app.planning.time.events import event_range
from app.planning.time.labels import label
from app.planning.time.ranges import MONTHS, EventPart, TimeRange, Unit, add_months, clipped, months, span, week_of
from app.planning.time.windows import comparison_window, shifted
from app.planning.time_phrases import read_time
from app.semantic.query import Comparison, Grain, SemanticQuery

_UNITS: tuple[Unit, ...] = ("month", "quarter", "half", "year")
_SHIFTS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")
_RELATIVE = re.compile(
    r"\d{4}|\d{2}年|[去今前明当本上这近昨后]|最近|过去|年\s*前|last|this|past|previous|prior|recent|today|yesterday|ago|current|latest|year"
)
_HALVES = re.compile(r"[上下]半[年月]|[上中下]旬")
_DAY_ONLY = re.compile(r"^\s*\d{1,2}\s*[号日](?:\s*[到至\-~]\s*\d{1,2}\s*[号日])?\s*$")
_BARE_YEAR = re.compile(
    r"^(?:去年|前年|今年|上一年|明年|(?:20)?\d\d年|20\d\d|(?:the )?(?:last|this|previous|prior) year)$"
)


def range_of(previous: Previous, as_of: date, calendar: PromoCalendar) -> TimeRange:
    """The window of `previous` with its kind: from its own words where they say it, else from its dates."""
    start, end = previous.query.start, previous.query.end
    for found in _said_times(previous.question, as_of, calendar):
        if (found.start, found.end) == (start, end):
            return found
    known = _calendar_range(start, end, as_of) or _event_range(start, end, as_of, calendar)
    return known or replace(span(start, end), kind="rolling")


def _said_times(question: str, as_of: date, calendar: PromoCalendar) -> list[TimeRange]:
    try:
        return [t.value for t in read_time(normalise(question).text, as_of, calendar).times] if question else []
    except WindowError:
        return []


def _event_range(start: date, end: date, as_of: date, calendar: PromoCalendar) -> TimeRange | None:
    """The promo or festival that these days are."""
    for event in calendar.events:
        for year in {start.year, end.year} & event.years.keys():
            try:
                found = clipped(event_range(calendar, EventPart(event.id, year)), as_of)
            except WindowError:
                continue
            if (found.start, found.end) == (start, end):
                return found
    return None


def _calendar_range(start: date, end: date, as_of: date) -> TimeRange | None:
    """The one calendar unit that these days are, whole or running until `as_of`."""
    if start == end:
        return span(start, end)
    candidates = [week_of(start, start.isoweekday())]
    if start.day == 1:
        candidates += [
            months(start.year, start.month, unit=unit) for unit in _UNITS if (start.month - 1) % MONTHS[unit] == 0
        ]
    for candidate in candidates:
        found = clipped(candidate, as_of)
        if (found.start, found.end) == (start, end):
            return found
    return None


def with_year_of(
    previous: SemanticQuery, text: str, found: TimeRange, as_of: date, calendar: PromoCalendar
) -> TimeRange:
    """那8月呢 after 2025年9月 is August 2025; 15号 after 9月 is 15 September. What names its own year stays."""
    plain = _HALVES.sub("", text)
    anchor = None
    if _DAY_ONLY.match(text):
        anchor = add_months(previous.end.replace(day=1), 1) - timedelta(1)
    elif previous.start.year == previous.end.year != as_of.year and not _RELATIVE.search(plain):
        anchor = date(previous.end.year, 12, 31)
    if anchor is None or found.kind == "rolling":
        return found
    try:
        again = [t for t in read_time(text, anchor, calendar).times if (t.start, t.end) == (0, len(text))]
    except WindowError:
        return found
    inherited = again[0].value if again else found
    return found if inherited.start > found.end else replace(inherited, includes_today=found.includes_today)


def one_earlier(before: TimeRange, named: TimeRange | None, calendar: PromoCalendar) -> TimeRange | None:
    """再往前一个月 after 9月: the stretch just before; None where another length is named than the window has."""
    if named is not None and (named.unit, named.count) != (before.unit, before.count) and named.days != before.days:
        return None
    return comparison_window(before, "prior_period", calendar)


def is_bare_year(text: str) -> bool:
    """Only a year was said: after a month or a promo that may mean the same days of that year."""
    return bool(_BARE_YEAR.match(text.strip()))


def same_days_in(year: int, window: TimeRange, calendar: PromoCalendar) -> TimeRange | None:
    """The window before, in another year; None where it is a year itself or longer."""
    if window.days > 184:
        return None
    moved = window
    for _ in range(abs(window.start.year - year)):
        if window.start.year < year:
            return None
        try:
            moved = comparison_window(moved, "prior_year", calendar)
        except WindowError:
            return None
    return moved


def moved_comparisons(
    query: SemanticQuery,
    before: TimeRange,
    after: TimeRange,
    grain: Grain | None,
    draft: Draft,
    calendar: PromoCalendar,
) -> tuple[Comparison, ...]:
    """The comparisons of `query`, set against the new window (or grain) as they were against the old one."""
    found: list[Comparison] = []
    for comparison in query.compare:
        moved = _moved(comparison, query, before, after, grain, calendar)
        if moved is None:
            draft.assume(
                f"对比期仍为 {comparison.start} 至 {comparison.end}",
                f"Still compared with {comparison.start} to {comparison.end}",
            )
            found.append(comparison)
        elif (moved.start, moved.end) != (after.start, after.end):
            name = label(moved, draft.language, calendar) if moved.event else ""
            found.append(Comparison(kind=comparison.kind, start=moved.start, end=moved.end, label=name))
    kept = [c for c in found if (c.start, c.end) != (after.start, after.end)]
    return tuple({(c.start, c.end): c for c in kept}.values())


def _moved(
    comparison: Comparison, query: SemanticQuery, before: TimeRange, after: TimeRange, grain: Grain | None,
    calendar: PromoCalendar,
) -> TimeRange | None:  # fmt: skip
    base = (comparison.start, comparison.end)
    if query.grain and base == _edges(bucket_before(before, query.grain)):
        return bucket_before(after, grain) if grain else comparison_window(after, "prior_period", calendar)
    if comparison.kind == "prior_period" and base == _edges(comparison_window(before, "prior_period", calendar)):
        return bucket_before(after, grain) if grain else comparison_window(after, "prior_period", calendar)
    if before.event and after.event and base == _event_year_before(before, calendar):
        return event_range(calendar, replace(after.event, year=after.event.year - 1))
    if comparison.kind == "prior_year" or _is_year_before(base, before, calendar):
        return comparison_window(after, "prior_year", calendar)
    if comparison.kind == "prior_period":
        unit = next((u for u in _SHIFTS if base == _edges(shifted(before, u))), None)
        return shifted(after, unit) if unit else None
    return None


def _event_year_before(window: TimeRange, calendar: PromoCalendar) -> tuple[date, date] | None:
    """The whole event of the year before, however much of this year's is over."""
    if window.event is None:
        return None
    try:
        return _edges(event_range(calendar, replace(window.event, year=window.event.year - 1)))
    except WindowError:
        return None


def _is_year_before(base: tuple[date, date], window: TimeRange, calendar: PromoCalendar) -> bool:
    try:
        return base == _edges(comparison_window(window, "prior_year", calendar))
    except WindowError:
        return False


def _edges(window: TimeRange) -> tuple[date, date]:
    return window.start, window.end
