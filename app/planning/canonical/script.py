"""The asker's script: what we write in simplified characters, in traditional ones."""

from functools import cache
from typing import Protocol

from app.planning.canonical.literals import outside_quotes


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


def to_traditional(text: str) -> str:
    """`text` in traditional characters (Taiwan's forms); what stands in “…” is data and stays as it is stored."""
    return outside_quotes(text, _converter().convert)


@cache
def _converter() -> _Converter:
    import opencc  # noqa: PLC0415 - 30 ms that only those who write traditional characters pay

    converter: _Converter = opencc.OpenCC("s2tw")
    return converter
