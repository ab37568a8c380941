"""What a rule of the grammar finds: a span, and how to turn it into days once the year is known.

A rule never decides which year 9月 belongs to. It leaves a `Draft`; ranges, lists and since / until phrases combine
drafts and may hand a year from one to another; only the drafts that survive are settled into a `TimeRange`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.core.errors import WindowError
from app.planning.calendar import PromoCalendar
from app.planning.numbers import parse_count
from app.planning.time.ranges import TimeRange, clipped

YearMaker = Callable[[int], TimeRange]


@dataclass(frozen=True, slots=True)
class Scope:
    """What every rule may look at."""

    text: str
    as_of: date
    calendar: PromoCalendar


@dataclass(frozen=True, slots=True)
class Draft:
    """A time phrase at `text[start:end]`: either `fixed`, or `at(year)` with the `year` that was named, if any."""

    start: int
    end: int
    fixed: TimeRange | None = None
    at: YearMaker | None = None
    year: int | None = None
    bare_year: bool = False
    """Only a year was said; in 今年和去年双11 it borrows what follows."""
    late: Callable[[], TimeRange] | None = None
    """A combination; computed when the draft has won its place."""
    beside: Callable[[TimeRange], TimeRange] | None = None
    """Its days when it is set against a window: 上一个大促 is the promo before that one."""

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def lacks_year(self) -> bool:
        return self.at is not None and self.year is None


Builder = Callable[[re.Match[str], Scope], Draft | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern of the grammar and what it means; None from `build` = look-alike, not a time."""

    pattern: re.Pattern[str]
    build: Builder

    def drafts(self, scope: Scope) -> list[Draft]:
        """Every match in the text, overlaps with other rules included."""
        built = (self.build(match, scope) for match in self.pattern.finditer(scope.text))
        return [draft for draft in built if draft is not None]


def rule(pattern: str, build: Builder) -> Rule:
    """A rule; ASCII patterns, so that a Latin word has an edge beside Chinese."""
    return Rule(re.compile(pattern, re.ASCII), build)


def fixed(match: re.Match[str], found: TimeRange) -> Draft:
    """A phrase whose days are already known."""
    return Draft(match.start(), match.end(), fixed=found)


def dated(match: re.Match[str], year: int | None, at: YearMaker) -> Draft:
    """A phrase whose days depend on the year."""
    return Draft(match.start(), match.end(), at=at, year=year)


def settle(draft: Draft, scope: Scope) -> TimeRange:
    """The days of `draft`.

    Raises:
        WindowError: the calendar does not know it, a date does not exist, or a range is reversed.
    """
    if draft.late is not None:
        return draft.late()
    if draft.fixed is not None:
        return clipped(draft.fixed, scope.as_of)
    if draft.at is None:
        raise ValueError("a draft without days")
    if draft.year is not None:
        return clipped(made(draft.at, draft.year), scope.as_of)
    return clipped(latest(draft.at, scope.as_of), scope.as_of)


def latest(at: YearMaker, as_of: date) -> TimeRange:
    """The most recent one that has begun by `as_of`: 12月 asked in October is last year's December."""
    problem: WindowError | None = None
    for year in (as_of.year + 1, as_of.year, as_of.year - 1, as_of.year - 4):
        try:
            found = made(at, year)
        except WindowError as error:
            # 29 February exists only in some years; an event may not be known for next year, but must be for this one.
            if year == as_of.year and "event" in error.details:
                raise
            problem = error if year >= as_of.year else problem or error
            continue
        if found.start <= as_of:
            return found
    raise problem or WindowError(f"no such time on or before {as_of}")


def ended(at: YearMaker, by: date) -> TimeRange:
    """The most recent one that was over before `by`.

    Raises:
        WindowError: the calendar does not reach back that far.
    """
    for year in (by.year + 1, by.year, by.year - 1):
        try:
            found = made(at, year)
        except WindowError:
            continue
        if found.end < by:
            return found
    return made(at, by.year - 2)


def made(at: YearMaker, year: int) -> TimeRange:
    """`at(year)`, with impossible dates (2月30日) as a clear error."""
    try:
        return at(year)
    except (ValueError, OverflowError) as error:
        raise WindowError(
            f"the date named does not exist in {year}", hint=f"{year} 年没有这一天,请检查日期", year=year
        ) from error


def count(text: str) -> int:
    """A count that a pattern has matched: 7, 三, two."""
    found = parse_count(text)
    if found is None:
        raise WindowError(f"{text!r} is not a whole number")
    return found
