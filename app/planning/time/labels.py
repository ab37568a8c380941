"""The canonical name of a window, in Chinese and English; reading it again gives the same days."""

import re
from typing import Literal

from app.planning.calendar import PromoCalendar
from app.planning.time.events import event_range
from app.planning.time.ranges import EventPart, TimeRange

Language = Literal["zh", "en"]

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


def dates(window: TimeRange, language: Language) -> str:
    """The days of `window`, for "去年双11 = 2025-10-20 至 2025-11-11"."""
    if window.start == window.end:
        return str(window.start)
    if window.open_start:
        return f"截至 {window.end}" if language == "zh" else f"up to {window.end}"
    return f"{window.start} 至 {window.end}" if language == "zh" else f"{window.start} to {window.end}"


# Words whose days are a convention, which the answer states. The dates of 上个月 are in the restatement anyway.
_VAGUE = re.compile(
    r"[初底末旬]|最近(?!\s?[\d一二两三四五六七八九十半])|近期|近来|第.{1,3}周|(?<![a-z])w\d|[头首]一?周|最后一?周|[那当在]一?周"
    r"|[上下前后]半个?月|开年|完整|自然|\b(?:early|mid|late|beginning\sof|end\sof|recent(?:ly)?|lately|complete|full|weeks?\s(?:\d|of)|w/c"
    r"|fortnights?|half\sof)\b",
    re.ASCII,
)


def stated(said: str, window: TimeRange, language: Language, calendar: PromoCalendar) -> str:
    """How `said` was read: "去年双11 = 2025-10-20 至 2025-11-11(品牌日历)"; empty where it is plain."""
    if window.event:
        return f"{said} = {dates(window, language)}{_source(window, window.event, language, calendar)}"
    if window.kind == "fiscal":
        month = calendar.fiscal_start_month
        begins = (
            f"(财年从 {month} 月开始)" if language == "zh" else f" (the fiscal year starts in {_MONTHS[month - 1]})"
        )
        return f"{said} = {dates(window, language)}{begins}"
    return f"{said} = {dates(window, language)}" if _VAGUE.search(said) and not window.open_start else ""


def _source(window: TimeRange, part: EventPart, language: Language, calendar: PromoCalendar) -> str:
    """Where the days come from, and how far the event goes on when it is cut short."""
    whole = event_range(calendar, part)
    zh = language == "zh"
    source = "品牌日历" if zh else "brand calendar"
    if window.kind == "lunar":
        source += ",农历" if zh else ", lunar"
    if whole.end > window.end:
        rest = dates(whole, language)
        source += (
            f",全程 {rest},此处取前 {window.days} 天" if zh else f", its first {window.days} days; the whole is {rest}"
        )
    return f"({source})" if zh else f" ({source})"


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
