"""One ranked list of entries for a text, by name and by meaning, with the score and the way of each.

Without a usable vector index the list comes from the names alone, and says so.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.errors import AppError
from app.knowledge.lexical_index import LexicalIndex, keep_best, ranked
from app.knowledge.search_entry import EntryKind, Hit

logger = logging.getLogger(__name__)

_VECTOR_WEIGHT = 0.75
"""A likeness in meaning never outranks a name that fits."""
_TWICE = 0.03
"""What being found in another way too is worth."""
_SURPLUS = 4


class VectorIndex(Protocol):
    def search(self, text: str, *, limit: int) -> Sequence[tuple[str, float]]:
        """(entry key, cosine) of the nearest entries; raises `AppError` when it can't."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, best first, and what an attentive reader should know about how."""

    hits: tuple[Hit, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retriever:
    """Names first, meaning beside them."""

    lexical: LexicalIndex
    vectors: VectorIndex | None = None

    def search(self, text: str, *, limit: int = 10, kinds: Collection[EntryKind] = ()) -> Found:
        """The best `limit` entries for `text`, of `kinds` or of every kind."""
        surplus = limit * _SURPLUS
        found = {hit.entry.key: hit for hit in self.lexical.search(text, limit=surplus)}
        notes = self._by_meaning(text, surplus, found)
        best = ranked(_rewarded(hit) for hit in found.values() if not kinds or hit.entry.kind in kinds)
        return Found(tuple(best[:limit]), notes)

    def _by_meaning(self, text: str, limit: int, found: dict[str, Hit]) -> tuple[str, ...]:
        if self.vectors is None:
            return ()
        try:
            near = self.vectors.search(text, limit=limit)
        except AppError as error:
            logger.info("knowledge_index.skipped", extra={"code": error.code})
            hint = f" ({error.hint})" if error.hint else ""
            return (f"{error.message}; searched by names only{hint}",)
        for key, cosine in near:
            entry = self.lexical.entries.get(key)
            if entry is not None and cosine > 0:
                keep_best(found, Hit(entry, min(cosine, 1.0) * _VECTOR_WEIGHT, ("vector",)))
        return ()


def _rewarded(hit: Hit) -> Hit:
    if len(hit.ways) == 1 or hit.ways[0] == "exact":
        return hit
    return Hit(hit.entry, min(hit.score + _TWICE, 0.99), hit.ways, hit.form)
