"""What a window is set against: the period before, or the same period a year earlier."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

from app.planning.calendar import PromoCalendar
from app.planning.time.events import event_range
from app.planning.time.ranges import MONTHS, TimeRange, Unit, add_months, span

ComparisonKind = Literal["prior_period", "prior_year"]


def comparison_window(window: TimeRange, kind: ComparisonKind, calendar: PromoCalendar) -> TimeRange:
    """The window that `window` is compared with.

    `prior_period`: the whole unit(s) before a calendar period; equally many elapsed days of the one before for a period
    that is still running; the equal-length days before for everything else. `prior_year`: the same calendar dates
    (29 February → 28), 52 weeks for weeks, the same event of the year before for a promo or festival.

    Raises:
        WindowError: the calendar does not cover last year's event.
    """
    if kind == "prior_year":
        return _year_before(window, calendar)
    if window.kind == "rolling" or window.event or window.unit not in {"week", *MONTHS}:
        return _days_before(window)
    return _shifted_units(window, -window.count * MONTHS.get(window.unit, 0), weeks=-window.count)


def aligned(base: TimeRange, window: TimeRange, *, same_days: bool = False) -> TimeRange:
    """`base`, cut to the days that `window` has run so far where both are promos, or where that was asked for."""
    running = window.to_date and window.event and base.event
    if not (same_days or running) or base.open_start or base.days <= window.days:
        return base
    if base.unit == window.unit and base.unit in MONTHS and base.count == window.count == 1:
        apart = (window.start.year - base.start.year) * 12 + window.start.month - base.start.month
        return replace(base, end=min(base.end, add_months(window.end, -apart)), unit="custom")
    return replace(base, end=base.start + timedelta(window.days - 1), to_date=False)


def shifted(window: TimeRange, unit: Unit) -> TimeRange:
    """`window` one `unit` earlier, day for day: 昨天 against the same weekday of last week, or day of last month."""
    if unit == "day" or unit == "week":
        back = timedelta(7 if unit == "week" else 1)
        return replace(span(window.start - back, window.end - back), unit=_plain(window))
    back_months = -MONTHS.get(unit, 12)
    return replace(
        span(add_months(window.start, back_months), add_months(window.end, back_months)), unit=_plain(window)
    )


def _year_before(window: TimeRange, calendar: PromoCalendar) -> TimeRange:
    if window.event:
        return _event_before(window, calendar)
    if window.kind in {"calendar", "fiscal"} and window.unit == "week":
        return _shifted_units(window, 0, weeks=-52)
    if window.kind in {"calendar", "fiscal"} and window.unit in MONTHS:
        return _shifted_units(window, -12)
    return replace(span(add_months(window.start, -12), add_months(window.end, -12)), unit=_plain(window))


def _event_before(window: TimeRange, calendar: PromoCalendar) -> TimeRange:
    part = window.event
    if part is None:
        raise ValueError("not an event window")
    before = event_range(calendar, replace(part, year=part.year - 1))
    if not window.to_date:
        return before
    # A running promo is set against equally many days of last year's.
    return replace(before, end=min(before.end, before.start + timedelta(window.days - 1)))


def _days_before(window: TimeRange) -> TimeRange:
    end = window.start - timedelta(1)
    return replace(span(end - timedelta(window.days - 1), end), unit=_plain(window))


def _shifted_units(window: TimeRange, by_months: int, *, weeks: int = 0) -> TimeRange:
    """Whole units earlier. A period still running keeps its elapsed days, within the earlier period."""
    if window.unit == "week":
        start = window.start + timedelta(7 * weeks)
        end = start + timedelta(7 * window.count - 1)
    else:
        start = add_months(window.start, by_months)
        end = add_months(window.start, by_months + MONTHS[window.unit] * window.count) - timedelta(1)
    if not window.to_date:
        return replace(window, start=start, end=end, includes_today=False)
    # Against last year a running period stops on the same calendar date, leap day or not.
    same_date = by_months == -12 or window.unit == "year"
    elapsed = add_months(window.end, by_months) if same_date else start + timedelta(window.days - 1)
    return TimeRange(start, max(start, min(end, elapsed)), "custom")


def _plain(window: TimeRange) -> Unit:
    return "day" if window.start == window.end else "custom"
