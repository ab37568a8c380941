"""Cells of gold SQL and of answers in one form, and when two of them are the same."""

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

Cell = str | float | None
TOLERANCE = 1e-6
"""Relative; nothing is rounded before it is compared."""

_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]00:00(:00)?")
_CLOCK = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:00)?")


def plain(value: Any) -> Cell:
    """A cell as None, number or text; times as "YYYY-MM-DD" or "YYYY-MM-DD HH:MM"."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime | date | time):
        return _day_or_minute(value.isoformat())
    return _day_or_minute(str(value))


def key(cell: Cell) -> str | None:
    """A dimension's cell: text; numbers without a trailing .0, buckets of time as their first day, blanks as None."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, float):
        return _bucket(str(int(cell)) if cell == int(cell) else repr(cell))
    return _bucket(cell)


def same_number(want: Cell, got: Cell) -> bool:
    """Is a metric's cell the expected one? None is no 0; a text or a day only equals itself."""
    if isinstance(want, float) and isinstance(got, float):
        return abs(want - got) <= max(TOLERANCE * abs(want), 1e-12)
    return want == got


def _day_or_minute(text: str) -> str:
    if found := _MIDNIGHT.fullmatch(text):
        return found[1]
    if found := _CLOCK.fullmatch(text):
        return f"{found[1]} {found[2]}"
    return text


def _bucket(text: str) -> str:
    """2026-09, 2026-Q3, 2026-W40 and 2026 as their first day."""
    if quarter := re.fullmatch(r"(\d{4})-?Q([1-4])", text):
        return f"{quarter[1]}-{int(quarter[2]) * 3 - 2:02d}-01"
    if week := re.fullmatch(r"(\d{4})-?W(\d{2})", text):
        return date.fromisocalendar(int(week[1]), int(week[2]), 1).isoformat()
    if re.fullmatch(r"\d{4}-\d{2}", text):
        return f"{text}-01"
    return f"{text}-01-01" if re.fullmatch(r"(19|20)\d{2}", text) else text
