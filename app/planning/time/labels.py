"""The canonical name of a window, in Chinese and English; reading it again gives the same days."""

from typing import Literal

from app.planning.calendar import PromoCalendar
from app.planning.time.ranges import EventPart, TimeRange

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_ZH_PART = {"main": "", "day": "当天", "presale": "预售期", "warmup": "预热期", "tail": "余热期",
            "before": "前{}天", "after": "后{}天", "around": "前后{}天", "week": "当周",
            "first": "头{}天", "last": "最后{}天"}  # fmt: skip
_QUARTERS = "一二三四"


def label(window: TimeRange, language: Literal["zh", "en"], calendar: PromoCalendar) -> str:
    """The name of `window`: the whole period's (2026年9月), the event's (2025年双11), else its two days."""
    if window.open_start:
        return f"截至{window.end}" if language == "zh" else f"up to {window.end}"
    if window.event and (language == "zh" or window.event.part in {"main", "presale", "before", "after"}):
        return (_event_zh if language == "zh" else _event_en)(window.event, calendar)
    if window.kind == "calendar" and not window.to_date and window.unit in {"month", "quarter", "half", "year"}:
        return (_units_zh if language == "zh" else _units_en)(window)
    if window.start == window.end:
        return str(window.start)
    return f"{window.start}至{window.end}" if language == "zh" else f"{window.start} to {window.end}"


def dates(window: TimeRange, language: Literal["zh", "en"]) -> str:
    """The days of `window`, for "去年双11 = 2025-10-20 至 2025-11-11"."""
    if window.start == window.end:
        return str(window.start)
    if window.open_start:
        return f"截至 {window.end}" if language == "zh" else f"up to {window.end}"
    return f"{window.start} 至 {window.end}" if language == "zh" else f"{window.start} to {window.end}"


def _event_zh(part: EventPart, calendar: PromoCalendar) -> str:
    name = calendar.event(part.event_id).name.zh
    return f"{part.year}年{name}{_ZH_PART[part.part].format(part.days)}"


def _event_en(part: EventPart, calendar: PromoCalendar) -> str:
    name = f"{calendar.event(part.event_id).name.en} {part.year}"
    if part.part in {"before", "after"}:
        return f"{part.days} days {part.part} {name}"
    return f"{calendar.event(part.event_id).name.en} presale {part.year}" if part.part == "presale" else name


def _units_zh(window: TimeRange) -> str:
    first = _unit_zh(window)
    if window.count == 1:
        return first
    return f"{first}至{_last(window, 'zh')}"


def _units_en(window: TimeRange) -> str:
    first = _unit_en(window)
    return first if window.count == 1 else f"{first} to {_last(window, 'en')}"


def _last(window: TimeRange, language: Literal["zh", "en"]) -> str:
    """The name of the unit that the window ends in."""
    length = {"month": 1, "quarter": 3, "half": 6, "year": 12}[window.unit]
    start = window.end.replace(day=1, month=window.end.month - length + 1)
    single = TimeRange(start, window.end, window.unit)
    return _unit_zh(single) if language == "zh" else _unit_en(single)


def _unit_zh(window: TimeRange) -> str:
    year, month = window.start.year, window.start.month
    match window.unit:
        case "month":
            return f"{year}年{month}月"
        case "quarter" if month % 3 == 1:
            return f"{year}年第{_QUARTERS[month // 3]}季度"
        case "half" if month in {1, 7}:
            return f"{year}年{'上' if month == 1 else '下'}半年"
        case "year" if month == 1:
            return f"{year}年"
        case _:
            return f"{window.start}至{window.end}"


def _unit_en(window: TimeRange) -> str:
    year, month = window.start.year, window.start.month
    match window.unit:
        case "month":
            return f"{_MONTHS[month - 1]} {year}"
        case "quarter" if month % 3 == 1:
            return f"Q{month // 3 + 1} {year}"
        case "half" if month in {1, 7}:
            return f"H{1 if month == 1 else 2} {year}"
        case "year" if month == 1:
            return f"year {year}"
        case _:
            return f"{window.start} to {window.end}"
