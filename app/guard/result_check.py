"""What a result may show: no direct identifiers, no small groups where the policy says so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.warehouse.engine import Row

REDACTED = "[redacted]"

# Not inside longer words or numbers: an order number that holds eleven digits is not a phone number.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("e-mail", re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")),
    ("phone", re.compile(r"(?<![0-9A-Za-z_.-])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z_.-])")),
    (
        "ID number",
        re.compile(
            r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])"
        ),
    ),
    ("openid", re.compile(r"(?<![0-9A-Za-z_-])o[0-9A-Za-z]{5}[0-9A-Za-z_-]{22}(?![0-9A-Za-z_-])")),
    ("external user id", re.compile(r"(?<![0-9A-Za-z_-])w[mo][0-9A-Za-z_-]{30}(?![0-9A-Za-z_-])")),
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True)
class ResultCheck:
    """One property of the result that was looked at."""

    name: str
    passed: bool
    detail: str


def redact_identifiers(rows: Sequence[Row]) -> tuple[tuple[Row, ...], ResultCheck]:
    """Rows with every direct identifier in a text cell replaced, and how many cells that were."""
    kinds: dict[str, int] = {}
    cleaned = tuple(tuple(_clean(cell, kinds) if isinstance(cell, str) else cell for cell in row) for row in rows)
    if not kinds:
        return tuple(rows), ResultCheck("identifiers", passed=True, detail="no direct identifier in the result")
    found = ", ".join(f"{count} × {kind}" for kind, count in sorted(kinds.items()))
    return cleaned, ResultCheck("identifiers", passed=False, detail=f"replaced: {found}")


def suppress_small_groups(rows: Sequence[Row], people_index: int, k: int) -> tuple[tuple[Row, ...], int]:
    """Rows whose group has at least `k` people (or none at all), and how many were left out.

    A row without a count is left out too: it can't be shown to be large enough.
    """
    kept = tuple(
        row for row in rows if row[people_index] is not None and (row[people_index] == 0 or row[people_index] >= k)
    )
    return kept, len(rows) - len(kept)


def _clean(text: str, kinds: dict[str, int]) -> str:
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if kind != "ID number" or _is_id_number(match[0]):
                kinds[kind] = kinds.get(kind, 0) + 1
                text = text.replace(match[0], REDACTED)
    return text


def _is_id_number(text: str) -> bool:
    """The check digit of GB 11643."""
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, text[:17], strict=True))
    return _ID_CHECKS[total % 11] == text[17].upper()
