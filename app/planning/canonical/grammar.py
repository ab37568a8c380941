"""The small grammar under the canonical sentence: templates as patterns, lists of names, periods by their names."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any

_PIECES_OF_A_NAME = 4
"""Names may hold the separator of lists themselves, but not more often than this."""
_DAY = r"(?:19|20|21)\d{2}-\d{2}-\d{2}"
_PERIOD = re.compile(r"((?:19|20|21)\d{2})(?:-(?:(\d{2})(?:-(\d{2}))?|q([1-4])))?")
_FIELD = re.compile(r"{(\w+)}")
_FIELDS = {"low": r"[^ ~]+", "high": r"[^ ~]+", "days": r"\d{1,4}", "count": r"[\d,]{1,6}", "start": _DAY, "end": _DAY}


class NotCanonicalError(Exception):
    """A part that is not of the grammar; the sentence is no canonical one."""


def as_lists(text: str, separator: str) -> Iterator[list[str]]:
    """The text as a list of names, and as one name that holds the separator itself."""
    yield text.split(separator)
    yield [text]


def each_of(text: str, separator: str, known: Callable[[str], Any]) -> Iterator[Any]:
    """What each item of a list means; items are as short as makes them known."""
    waiting: list[str] = []
    for piece in text.split(separator):
        waiting.append(piece)
        found = known(separator.join(waiting))
        if found is not None:
            yield found
            waiting = []
        elif len(waiting) == _PIECES_OF_A_NAME:
            break
    if waiting:
        raise NotCanonicalError


@cache
def pattern_of(template: str) -> re.Pattern[str]:
    """A template as a pattern, with one group for each field. A name takes all it can before a range."""
    pattern = ""
    for position, piece in enumerate(_FIELD.split(template.lower())):
        if position % 2:
            many = ".+" if piece == "name" and "{low}" in template else ".+?"
            pattern += f"(?P<{piece}>{_FIELDS.get(piece, many)})"
        else:
            pattern += re.escape(piece)
    return re.compile(pattern)


def period_of(text: str) -> tuple[date, date]:
    """A year, quarter, month or day by its name."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise NotCanonicalError
    year, month, day, quarter = (int(group) if group else 0 for group in found.groups())
    if day:
        return day_of(text), day_of(text)
    first, count = (month, 1) if month else (3 * quarter - 2, 3) if quarter else (1, 12)
    start, last = day_of(f"{year:04}-{first:02}-01"), first + count - 1
    return start, start.replace(month=last, day=monthrange(year, last)[1])


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotCanonicalError from None
