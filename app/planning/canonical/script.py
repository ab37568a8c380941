"""The asker's script: what we write in simplified characters, in traditional ones."""

from functools import cache
from typing import Protocol

from app.planning.canonical.literals import outside_quotes
from app.planning.normalise import normalise


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


def to_traditional(text: str) -> str:
    """`text` in traditional characters (Taiwan's forms); what stands in “…” is data and stays as it is stored."""
    return outside_quotes(text, _converter().convert)


def writes_traditional(question: str) -> bool:
    """Whether the asker writes traditional characters: a few may also stand in names within simplified text."""
    spelled = normalise(question)
    if not spelled.traditional:
        return False
    original = "".join(question[offset] for offset in spelled.offsets)
    return _differences(original, spelled.text) > _differences(original, _converter().convert(original))


def _differences(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one.lower(), other.lower(), strict=False))


@cache
def _converter() -> _Converter:
    import opencc  # noqa: PLC0415 - 30 ms that only those who write traditional characters pay

    converter: _Converter = opencc.OpenCC("s2tw")
    return converter
