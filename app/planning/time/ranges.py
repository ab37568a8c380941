"""`TimeRange` and the arithmetic of days, weeks, months and years that everything else here is made of."""

import calendar as civil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "week", "month", "quarter", "half", "year", "custom"]
Kind = Literal["calendar", "rolling", "promo", "lunar", "fiscal"]
Part = Literal["main", "day", "presale", "warmup", "tail", "before", "after", "around", "first", "last", "week"]
GrainHint = Literal["day", "week", "month"]

MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
EARLIEST = date(1970, 1, 1)
"""The start of a window without one (截至上月底); such a range is marked `open_start`."""


@dataclass(frozen=True, slots=True)
class EventPart:
    """A promo or festival of one year, or a stretch of days fixed to it."""

    event_id: str
    year: int
    part: Part = "main"
    days: int = 0


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Inclusive days `start` to `end`, and what they were said as."""

    start: date
    end: date
    unit: Unit = "custom"
    kind: Kind = "calendar"
    count: int = 1
    """How many units: 近3个月 is 3 months."""
    to_date: bool = False
    """The period is still running: `end` is the data-as-of day, not the period's own end."""
    open_start: bool = False
    """Since the beginning of the data; `start` is only a floor."""
    includes_today: bool = False
    event: EventPart | None = None

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days + 1

    @property
    def grain_hint(self) -> GrainHint:
        """The grain that a trend over this range is readable at."""
        if self.days <= 45:
            return "day"
        return "week" if self.days <= 120 else "month"


def day(value: date) -> TimeRange:
    """One day."""
    return TimeRange(value, value, "day")


def span(start: date, end: date) -> TimeRange:
    """The days `start` to `end`, as said."""
    return TimeRange(start, end, "day" if start == end else "custom")


def week_of(value: date, starts_on: int, *, count: int = 1) -> TimeRange:
    """`count` weeks from the week that holds `value`; `starts_on` is an ISO weekday."""
    start = value - timedelta((value.isoweekday() - starts_on) % 7)
    return TimeRange(start, start + timedelta(7 * count - 1), "week", count=count)


def months(year: int, month: int, *, unit: Unit = "month", count: int = 1, kind: Kind = "calendar") -> TimeRange:
    """`count` whole units (month, quarter, half, year) from the first of `month`; `month` may lie outside 1–12."""
    start = first_of(year, month)
    return TimeRange(start, add_months(start, MONTHS[unit] * count) - timedelta(1), unit, kind, count)


def quarter(year: int, number: int, *, count: int = 1) -> TimeRange:
    """`count` calendar quarters from quarter `number`."""
    return months(year, 3 * number - 2, unit="quarter", count=count)


def half(year: int, number: int) -> TimeRange:
    """The first or second half of `year`."""
    return months(year, 6 * number - 5, unit="half")


def year_range(year: int) -> TimeRange:
    """The calendar year."""
    return months(year, 1, unit="year")


def rolling(as_of: date, number: int, unit: Unit) -> TimeRange:
    """The last `number` units ending on `as_of`, which counts as complete. Months back keep the day of the month."""
    if unit == "day" or unit == "week":
        return TimeRange(as_of - timedelta(number * (7 if unit == "week" else 1) - 1), as_of, unit, "rolling", number)
    # From the day after `as_of`, so that 近一个月 on 31 March is March, not 1 March to 31 March less a clamp.
    start = add_months(as_of + timedelta(1), -MONTHS[unit] * number)
    return TimeRange(start, as_of, unit, "rolling", number)


def clipped(found: TimeRange, as_of: date) -> TimeRange:
    """A running period ends on `as_of`: nothing is known of the days after it."""
    running = found.start <= as_of < found.end
    if running and (found.unit not in {"day", "custom"} or found.event):
        found = replace(found, end=as_of, to_date=True)
    return replace(found, includes_today=found.start <= as_of <= found.end)


def first_of(year: int, month: int) -> date:
    """The first day of `month` of `year`; months outside 1–12 run into the neighbouring years."""
    carried = year * 12 + month - 1
    return date(carried // 12, carried % 12 + 1, 1)


def last_day(year: int, month: int) -> int:
    """The number of days of the month."""
    return civil.monthrange(year, month)[1]


def add_months(value: date, number: int) -> date:
    """The same day `number` months later (or earlier), clamped to the month's last day."""
    first = first_of(value.year, value.month + number)
    return first.replace(day=min(value.day, last_day(first.year, first.month)))
