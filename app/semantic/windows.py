"""Calendar arithmetic of windows, buckets and their shifts. Pure dates; no SQL.

A `Window` is half-open on day boundaries. "Whole months" move as months, everything else as days.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from app.semantic.query import Comparison, Grain, SemanticQuery

_MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `start` up to, not including, `stop`."""

    start: date
    stop: date


@dataclass(frozen=True, slots=True)
class Step:
    """A distance in calendar months or in days."""

    months: int = 0
    days: int = 0

    def __neg__(self) -> "Step":
        return Step(-self.months, -self.days)


@dataclass(frozen=True, slots=True)
class Variant:
    """One evaluation of the asked metrics: over the asked window (`name` empty) or over a compared one."""

    name: str
    window: Window
    shift: Step | None = None
    """How far a bucket of this window moves forward to stand beside the bucket it is compared with."""
    skipped: tuple[date, ...] = ()
    """29 Februaries that have no day to stand beside."""
    comparison: Comparison | None = None


def asked_window(query: SemanticQuery) -> Window:
    """The query's own window."""
    return Window(query.start, query.end + timedelta(days=1))


def variants(query: SemanticQuery) -> tuple[Variant, ...]:
    """The asked evaluation, then one per comparison, with distinct names."""
    result = [Variant("", asked_window(query))]
    for comparison in query.compare:
        taken = {variant.name for variant in result}
        name: str = comparison.kind
        n = 1
        while name in taken:
            n += 1
            name = f"{comparison.kind}_{n}"
        result.append(_compared(query, comparison, name))
    return tuple(result)


def _compared(query: SemanticQuery, comparison: Comparison, name: str) -> Variant:
    own = Window(comparison.start, comparison.end + timedelta(days=1))
    if query.grain is None:
        return Variant(name, own, comparison=comparison)
    step = comparison_step(query, comparison)
    if comparison.kind in ("prior_period", "prior_year"):
        own = moved(asked_window(query), -step)
    skipped = _leap_days(own) if step.months and query.grain in ("day", "hour") else ()
    return Variant(name, own, step, skipped, comparison)


def comparison_step(query: SemanticQuery, comparison: Comparison) -> Step:
    """From a compared bucket to the asked one.

    Weeks compare with the week 52 weeks ago, so that weekdays align; hours compare with the same hour a day before.
    """
    grain = query.grain or "day"
    if comparison.kind == "prior_period":
        return grain_step(grain)
    if comparison.kind == "prior_year":
        return Step(days=364) if grain == "week" else Step(months=12)
    here, there = bucket_start(query.start, grain), bucket_start(comparison.start, grain)
    if grain in _MONTHS:
        return Step(months=(here.year - there.year) * 12 + here.month - there.month)
    return Step(days=(here - there).days)


def grain_step(grain: Grain) -> Step:
    """The length of one bucket (an hour bucket is compared with the day before)."""
    if grain in _MONTHS:
        return Step(months=_MONTHS[grain])
    return Step(days=7 if grain == "week" else 1)


def bucket_start(day: date, grain: Grain) -> date:
    """First day of the bucket that `day` is in; weeks start on Monday."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain in _MONTHS:
        months = _MONTHS[grain]
        return date(day.year, (day.month - 1) // months * months + 1, 1)
    return day


def moved(window: Window, step: Step) -> Window:
    """The window moved by a step. A stop that falls beyond a shorter month's end means that whole month."""
    return Window(_add(window.start, step, overflow=False), _add(window.stop, step, overflow=True))


def _add(day: date, step: Step, *, overflow: bool) -> date:
    index = day.year * 12 + day.month - 1 + step.months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    if day.day <= last:
        return date(year, month + 1, day.day) + timedelta(days=step.days)
    clipped = date(year, month + 1, last)
    return clipped + timedelta(days=step.days + (1 if overflow else 0))


def prior_window(window: Window) -> Window:
    """The window of equal calendar length that ends where this one starts."""
    if window.start.day == 1 and window.stop.day == 1:
        months = (window.stop.year - window.start.year) * 12 + window.stop.month - window.start.month
        return Window(_add(window.start, Step(months=-months), overflow=False), window.start)
    return Window(window.start - (window.stop - window.start), window.start)


def _leap_days(window: Window) -> tuple[date, ...]:
    years = range(window.start.year, window.stop.year + 1)
    days = (date(year, 2, 29) for year in years if calendar.isleap(year))
    return tuple(day for day in days if window.start <= day < window.stop)
