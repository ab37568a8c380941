"""Quoted texts in a sentence: how a stored value survives whatever characters it is made of."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.planning.normalise import normalise

_OPEN, _CLOSE = '"“„「『＂', '"”“」』＂'
_QUOTING = frozenset(_OPEN + _CLOSE)
_LITERAL = re.compile(rf"[{_OPEN}]((?:\\.|[^\\{_OPEN}{_CLOSE}])*)[{_CLOSE}]", re.DOTALL)
_STORED = re.compile(r"(“(?:\\.|[^\\”])*”)", re.DOTALL)
_PLACEHOLDER = re.compile(r'"(\d+)"')


def quoted(value: str, quotes: tuple[str, str]) -> str:
    """`value` between quotes, with a backslash before whatever could be taken for the end."""
    escaped = "".join(f"\\{c}" if c == "\\" or c in _QUOTING else c for c in value)
    return f"{quotes[0]}{escaped}{quotes[1]}"


def is_plain(text: str) -> bool:
    """Whether a name can stand without quotes: nothing in it looks like the grammar around it."""
    return not any(sign in text for sign in ("·", ";", '"', "、", ", ", "=", "≠", "<", ">", "≥", "≤", "~", "\\")) and (
        not _QUOTING & set(text) and text == text.strip() and text != ""
    )


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A normalised sentence whose quoted texts are replaced by `"0"`, `"1"` …, and those texts as they were typed."""

    text: str
    literals: tuple[str, ...]

    def literal(self, text: str) -> str | None:
        """The quoted text that `text` is; None where it is anything else."""
        found = _PLACEHOLDER.fullmatch(text)
        return self.literals[int(found[1])] if found and int(found[1]) < len(self.literals) else None

    def restored(self, text: str) -> str:
        """`text` with its quoted texts put back, without their quotes."""
        return _PLACEHOLDER.sub(lambda found: self.literals[int(found[1])], text)


def skeleton(sentence: str) -> Skeleton | None:
    """The sentence without its quoted texts; None where a quote is not closed."""
    literals: list[str] = []

    def keep(found: re.Match[str]) -> str:
        literals.append(re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL))
        return f'"{len(literals) - 1}"'

    text = normalise(_LITERAL.sub(keep, sentence)).text
    return Skeleton(text, tuple(literals)) if not _PLACEHOLDER.sub("", text).count('"') else None


def outside_quotes(text: str, change: Callable[[str], str]) -> str:
    """`text` with `change` applied to everything but what stands in “…”."""
    pieces = _STORED.split(text)
    return "".join(piece if position % 2 else change(piece) for position, piece in enumerate(pieces))
