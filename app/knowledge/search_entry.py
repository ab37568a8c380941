"""What can be found by words: one entry per metric, dimension, segment, term, value or verified question."""

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

EntryKind = Literal["metric", "dimension", "segment", "term", "value", "question"]
Way = Literal["exact", "alias", "part", "fuzzy", "pinyin", "vector"]
"""How it was found. `part`: one of its names stands inside what was searched."""


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """One thing with its names. `forms[0]` and `forms[1]` are its labels in Chinese and English."""

    kind: EntryKind
    id: str
    forms: tuple[str, ...]
    text: str = ""
    """Its definition; only the vector index reads it."""

    @property
    def key(self) -> str:
        """Unique among all entries."""
        return f"{self.kind}:{self.id}"

    @property
    def passages(self) -> tuple[str, ...]:
        """What a question may resemble: each name by itself, and the definition; together they would blur."""
        return tuple(dict.fromkeys((*self.forms, self.text) if self.text else self.forms))


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that fits, with its score (0–1) and the ways it was found, best first."""

    entry: SearchEntry
    score: float
    ways: tuple[Way, ...]
    form: str = ""
    """The name that matched; "" when only the meaning did."""


def plain(text: str) -> str:
    """`text` as names are compared: compatibility forms folded, lower case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def content_hash(entries: Iterable[SearchEntry]) -> str:
    """Of everything that an index holds; any change of a name or a definition changes it."""
    digest = hashlib.sha256()
    for entry in sorted(entries, key=lambda entry: entry.key):
        digest.update("\x1f".join((entry.key, *entry.forms, entry.text, "\x1e")).encode())
    return digest.hexdigest()[:24]
