"""Numbers, changes, periods and windows as text, in Chinese and English. Pure: no locale, no clock.

The same text serves headlines, table cells, chart labels and the command line, so a number reads the same everywhere.
Rates and points come as parts of one: 0.186 is "18.6%", a difference of 0.008 is "+0.8 pp".
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from numbers import Number
from typing import Any

from app.flows.answer import Language

NOTHING = "—"
MINUS = "−"

_UNIT_WORDS_ZH = {"people": "人", "orders": "单", "items": "件", "times": "次", "days": "天", "points": "分"}
_WEEKDAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# (from this magnitude on, divide by, suffix, decimals); a rounded number that reaches the next step takes that step.
_STEPS: dict[Language, tuple[tuple[int, int, str, int], ...]] = {
    "zh": ((1_000_000, 10_000, "万", 1), (100_000_000, 100_000_000, "亿", 2)),
    "en": ((1_000_000, 1_000_000, "M", 2), (1_000_000_000, 1_000_000_000, "B", 2)),
}


def format_value(
    value: Any, unit: str | None, language: Language, *, compact: bool = True, unit_word: bool = True
) -> str:
    """`value` as a reader expects it: "¥123.5万", "¥1.23M", "18.6%", "+0.8 pp", "12,408 人"; None and NaN are "—".

    Args:
        value: A number (rates and points as parts of one) or None. Anything else is returned as plain text.
        unit: A unit of the semantic model, "pp", or None for a bare number.
        language: Decides 万 / 亿 or M / B, and whether counts carry a unit word.
        compact: Shorten numbers of seven digits and more; False gives every digit.
        unit_word: Append 人, 单, 件 … in Chinese; table cells go without, their header says it.
    """
    number = _as_decimal(value)
    if number is None:
        return NOTHING if value is None or isinstance(value, Number) else str(value)
    if unit == "rate":
        return _percent(number, compact=compact)
    if unit == "pp":
        return _signed(number, lambda part: f"{_fixed(part * 100, 1 if compact else 3)} pp")
    sign = MINUS if number < 0 else ""
    text, suffix = _magnitude(abs(number), language, compact=compact, decimals=_decimals(number, unit, compact=compact))
    if _is_zero(text):
        sign = ""
    if unit == "CNY":
        return f"{sign}¥{text}{suffix}"
    return f"{sign}{text}{suffix}" + (_unit_word(unit, language, suffix, one=text == "1") if unit_word else "")


def format_change(
    value: Any, unit: str | None, language: Language, *, compact: bool = True, unit_word: bool = True
) -> str:
    """A difference with its sign: "+12.3%" (unit `rate`: relative), "−3.1 pp", "+¥12,300", "±0" when it rounds to 0."""
    number = _as_decimal(value)
    if number is None:
        return NOTHING
    if unit == "pp":
        return format_value(number, unit, language, compact=compact)
    return _signed(number, lambda part: format_value(part, unit, language, compact=compact, unit_word=unit_word))


def format_period(value: Any, grain: str | None, language: Language) -> str:
    """A time bucket: "2026-09", "2026年三季度", "9月3日 周四", "8月31日–9月6日"; the unreadable is shown as it came.

    Args:
        value: "YYYY-MM-DD", "YYYY-MM", "YYYY-Qn", "YYYY", an hour "YYYY-MM-DD HH:MM", a date or a datetime.
        grain: The grain of the bucket; None = judged by the shape of `value`.
        language: Of the words.
    """
    if value is None:
        return NOTHING
    text = value.isoformat() if isinstance(value, date) else str(value)
    if grain == "hour" and text.isdigit() and len(text) <= 2:
        return f"{int(text):02d}:00"
    if "-Q" in text:
        year, _, quarter = text.partition("-Q")
        return _quarter(year, quarter, language)
    day = _as_day(text)
    if day is None:
        return f"{text}年" if language == "zh" and grain == "year" and text.isdigit() else text
    return _day_bucket(day, text, grain, language)


def format_day(day: date, language: Language, *, weekday: bool = True, year: bool = False) -> str:
    """One day: "9月3日 周四" or "Thu, Sep 3"; with `year` "2026年9月3日 周四" or "Thu, Sep 3, 2026"."""
    if language == "zh":
        text = f"{day.month}月{day.day}日"
        return (f"{day.year}年" if year else "") + text + (f" {_WEEKDAYS_ZH[day.weekday()]}" if weekday else "")
    text = f"{_MONTHS_EN[day.month - 1]} {day.day}" + (f", {day.year}" if year else "")
    return (f"{_WEEKDAYS_EN[day.weekday()]}, " if weekday else "") + text


def format_window(start: date, end: date, language: Language) -> str:
    """An inclusive window by its shortest exact name: "2026年9月", "2026年三季度", "2026年", "2026年9月1日–7日"."""
    named = _whole_period(start, end, language)
    if named is not None:
        return named
    if start == end:
        return format_day(start, language, year=True)
    if start.day == 1 and _ends_month(end):
        first, last = (_whole_month(day, language) for day in (start, end))
        return f"{first}–{last}" if language == "zh" else f"{first} – {last}"
    if language == "en":
        same_year = start.year == end.year
        first = format_day(start, language, weekday=False, year=not same_year)
        return f"{first} – {format_day(end, language, weekday=False, year=True)}"
    first = format_day(start, language, weekday=False, year=True)
    if (start.year, start.month) == (end.year, end.month):
        return f"{first}–{end.day}日"
    return f"{first}–{format_day(end, language, weekday=False, year=start.year != end.year)}"


def _as_decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None


def _fixed(number: Decimal, decimals: int) -> str:
    return f"{number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,}"


def _is_zero(text: str) -> bool:
    return not any(digit in text for digit in "123456789")


def _signed(number: Decimal, render: Callable[[Decimal], str]) -> str:
    text = render(abs(number))
    if _is_zero(text):
        return f"±{text}"
    return f"{MINUS if number < 0 else '+'}{text}"


def _percent(number: Decimal, *, compact: bool) -> str:
    # Below 0.1 % one decimal would read as nothing at all.
    decimals = 2 if not compact or 0 < abs(number) < Decimal("0.001") else 1
    text = _fixed(abs(number) * 100, decimals)
    return f"{MINUS if number < 0 and not _is_zero(text) else ''}{text}%"


def _decimals(number: Decimal, unit: str | None, *, compact: bool) -> int:
    if unit == "CNY":
        return 0 if compact and abs(number) >= 10_000 else 2
    if unit in ("ratio", "score"):
        return 2
    return 0 if number == number.to_integral_value() else 2


def _magnitude(number: Decimal, language: Language, *, compact: bool, decimals: int) -> tuple[str, str]:
    if not compact:
        return _fixed(number, decimals), ""
    shown, suffix, text = number, "", _fixed(number, decimals)
    for floor, divisor, step_suffix, step_decimals in _STEPS[language]:
        rounded = _round_back(shown, suffix, language, decimals)
        if rounded < floor:
            break
        shown, suffix = number, step_suffix
        text, decimals = _fixed(number / divisor, step_decimals), step_decimals
    return text, suffix


def _round_back(number: Decimal, suffix: str, language: Language, decimals: int) -> Decimal:
    """The number that the text so far stands for: 99,999,999 reads 10,000.0万, which is 1亿."""
    divisor = next((step[1] for step in _STEPS[language] if step[2] == suffix), 1)
    return (number / divisor).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) * divisor


def _unit_word(unit: str | None, language: Language, suffix: str, *, one: bool) -> str:
    if language == "en":
        return (" day" if one and not suffix else " days") if unit == "days" else ""
    word = _UNIT_WORDS_ZH.get(unit or "", "")
    return word if suffix or not word else f" {word}"


def _as_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _day_bucket(day: date, text: str, grain: str | None, language: Language) -> str:
    if grain == "week":
        return _week(day, language)
    if grain == "month":
        return text[:7]
    if grain == "quarter":
        return _quarter(str(day.year), str((day.month + 2) // 3), language)
    if grain == "year":
        return f"{day.year}年" if language == "zh" else str(day.year)
    if len(text) > 10 and grain in ("hour", None):
        clock = datetime.fromisoformat(text if len(text) > 13 else f"{text}:00").strftime("%H:%M")
        return f"{format_day(day, language, weekday=False)} {clock}"
    return format_day(day, language)


def _week(monday: date, language: Language) -> str:
    sunday = monday + timedelta(days=6)
    dash = "–" if language == "zh" else " – "
    return f"{format_day(monday, language, weekday=False)}{dash}{format_day(sunday, language, weekday=False)}"


def _quarter(year: str, quarter: str, language: Language) -> str:
    if language == "en" or quarter not in {"1", "2", "3", "4"}:
        return f"{year} Q{quarter}"
    return f"{year}年{'一二三四'[int(quarter) - 1]}季度"


def _whole_period(start: date, end: date, language: Language) -> str | None:
    if start.day != 1 or not _ends_month(end) or start.year != end.year:
        return None
    months = (start.month, end.month)
    if months == (1, 12):
        return f"{start.year}年" if language == "zh" else str(start.year)
    if start.month == end.month:
        return _whole_month(start, language)
    if end.month - start.month == 2 and start.month % 3 == 1:
        return _quarter(str(start.year), str(end.month // 3), language)
    return None


def _whole_month(day: date, language: Language) -> str:
    return f"{day.year}年{day.month}月" if language == "zh" else f"{_MONTHS_EN[day.month - 1]} {day.year}"


def _ends_month(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]
