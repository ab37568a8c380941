"""Promo, festival and holiday windows of the brand calendar, and the days fixed to them."""

from datetime import date, timedelta

from app.core.errors import WindowError
from app.planning.calendar import Instance, PromoCalendar, PromoEvent
from app.planning.time.ranges import EventPart, TimeRange, Unit, week_of


def event_range(calendar: PromoCalendar, part: EventPart) -> TimeRange:
    """The days of one part of one year's event.

    Raises:
        WindowError: the calendar does not know that window.
    """
    event = calendar.event(part.event_id)
    start, end = _week(calendar, event, part) if part.part == "week" else _days(event, part)
    unit: Unit = "day" if start == end else "custom"
    return TimeRange(start, end, unit, "lunar" if event.aligned == "lunar" else "promo", event=part)


def _week(calendar: PromoCalendar, event: PromoEvent, part: EventPart) -> tuple[date, date]:
    """The brand's week that holds the day the event is named after."""
    found = week_of(event.instance(part.year).day, calendar.week_starts_on)
    return found.start, found.end


def _days(event: PromoEvent, part: EventPart) -> tuple[date, date]:
    found = event.instance(part.year)
    if part.part == "day":
        return found.day, found.day
    if part.part == "before":
        anchor = _anchor(event, part.year, found)
        return anchor - timedelta(part.days), anchor - timedelta(1)
    if part.part == "presale":
        return _presale(event, part.year, found)
    start, end = event.window(part.year)
    match part.part:
        case "warmup":
            return _ordered(event, part, found.day - timedelta(event.warmup_days), start - timedelta(1))
        case "tail":
            return _ordered(event, part, end + timedelta(1), found.day + timedelta(event.tail_days))
        case "around":
            return _anchor(event, part.year, found) - timedelta(part.days), end + timedelta(part.days)
        case "after":
            return end + timedelta(1), end + timedelta(part.days)
        case "first":
            return start, min(end, start + timedelta(part.days - 1))
        case "last":
            return max(start, end - timedelta(part.days - 1)), end
        case _:
            return start, end


def _anchor(event: PromoEvent, year: int, found: Instance) -> date:
    """What "a week before" counts from: a promo's first day, but the festival's own day, not its first day off."""
    return event.window(year)[0] if event.kind == "platform" else found.day


def _presale(event: PromoEvent, year: int, found: Instance) -> tuple[date, date]:
    if found.presale_start is None or found.presale_end is None:
        raise WindowError(
            f"the brand calendar has no presale window for {event.name.en} {year}",
            hint=f"品牌日历没有 {year} 年{event.name.zh}的预售期,请改用具体日期,或补上 promo.yaml",
            event=event.id,
            year=year,
        )
    return found.presale_start, found.presale_end


def _ordered(event: PromoEvent, part: EventPart, start: date, end: date) -> tuple[date, date]:
    if start > end:
        raise WindowError(
            f"the brand calendar has no {part.part} days for {event.name.en} {part.year}",
            hint=f"品牌日历没有 {part.year} 年{event.name.zh}的这段时间,请改用具体日期",
            event=event.id,
            year=part.year,
        )
    return start, end
