"""Find entries by their names: exactly, by an alias, as part of a question, with a typo, or by sound.

It needs nothing but the entries, so it works when no vector index does.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from rapidfuzz import fuzz, process

from app.knowledge.search_entry import Hit, SearchEntry, Way, plain

_EXACT, _ALIAS, _PINYIN = 1.0, 0.97, 0.82
_PART_BASE, _PART_SPAN = 0.6, 0.3
_FUZZY_CUTOFF, _FUZZY_WEIGHT = 68.0, 0.85
_SHORT_LATIN = 3
"""Latin names up to this length are found inside a text only as whole words: `uv` is no part of `louver`."""
_MAX_HEARD = 12


class LexicalIndex:
    """Names of all entries. Building it costs milliseconds; sounds are worked out at the first need."""

    def __init__(self, entries: Iterable[SearchEntry]) -> None:
        self.entries = {entry.key: entry for entry in entries}
        self._owners: dict[str, dict[str, str]] = {}
        for entry in self.entries.values():
            for form in entry.forms:
                if plain(form):
                    self._owners.setdefault(plain(form), {}).setdefault(entry.key, form)
        self._names: Sequence[str] = list(self._owners)

    def search(self, text: str, *, limit: int) -> list[Hit]:
        """The best `limit` entries by name, best first; each once, with every way it was found.

        Typos and sounds are tried only where no name fits exactly, so that a known word never drags its likenesses in.
        """
        wanted = plain(text)
        found: dict[str, Hit] = {}
        for hit in self._named(wanted):
            keep_best(found, hit)
        for hit in self._inside(text, wanted):
            keep_best(found, hit)
        if not any("exact" in hit.ways or "alias" in hit.ways for hit in found.values()):
            for hit in (*self._fuzzy(wanted, limit), *self._heard(wanted)):
                keep_best(found, hit)
        return ranked(found.values())[:limit]

    def _named(self, wanted: str) -> Iterator[Hit]:
        for key, form in self._owners.get(wanted, {}).items():
            entry = self.entries[key]
            is_label = wanted in {plain(label) for label in entry.forms[:2]}
            yield Hit(entry, _EXACT if is_label else _ALIAS, ("exact" if is_label else "alias",), form)

    def _inside(self, text: str, wanted: str) -> Iterator[Hit]:
        words = {plain(word) for word in text.replace("-", " ").split()}
        for start in range(len(wanted)):
            for end in range(start + 2, min(len(wanted), start + self._longest) + 1):
                part = wanted[start:end]
                if part == wanted or (part.isascii() and len(part) <= _SHORT_LATIN and part not in words):
                    continue
                score = _PART_BASE + _PART_SPAN * len(part) / len(wanted)
                for key, form in self._owners.get(part, {}).items():
                    yield Hit(self.entries[key], score, ("part",), form)

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._names), default=0)

    def _fuzzy(self, wanted: str, limit: int) -> Iterator[Hit]:
        found = process.extract(
            wanted, self._names, scorer=fuzz.ratio, processor=None, limit=limit * 2, score_cutoff=_FUZZY_CUTOFF
        )
        yield from self._hits(((name, score / 100 * _FUZZY_WEIGHT) for name, score, _ in found), "fuzzy")

    def _heard(self, wanted: str) -> Iterator[Hit]:
        if not 1 < len(wanted) <= _MAX_HEARD or not _is_chinese(wanted):
            return
        same = self._by_sound.get(_sound(wanted), ())
        yield from self._hits(((name, _PINYIN) for name in same if name != wanted), "pinyin")

    def _hits(self, names: Iterable[tuple[str, float]], way: Way) -> Iterator[Hit]:
        for name, score in names:
            for key, form in self._owners[name].items():
                yield Hit(self.entries[key], score, (way,), form)

    @cached_property
    def _by_sound(self) -> dict[str, list[str]]:
        sounds: dict[str, list[str]] = {}
        for name in self._names:
            if _is_chinese(name) and len(name) <= _MAX_HEARD:
                sounds.setdefault(_sound(name), []).append(name)
        return sounds


def keep_best(found: dict[str, Hit], hit: Hit) -> None:
    """Put `hit` among what was found; an entry found twice keeps its best score and form, and all its ways."""
    known = found.get(hit.entry.key)
    if known is None:
        found[hit.entry.key] = hit
        return
    best, other = (known, hit) if known.score >= hit.score else (hit, known)
    found[hit.entry.key] = Hit(
        best.entry, best.score, tuple(dict.fromkeys((*best.ways, *other.ways))), best.form or other.form
    )


def ranked(hits: Iterable[Hit]) -> list[Hit]:
    """Best first; equals in the order of their keys, so that the same question gives the same list."""
    return sorted(hits, key=lambda hit: (-hit.score, hit.entry.key))


def _is_chinese(text: str) -> bool:
    return all("\u4e00" <= letter <= "\u9fff" for letter in text)


def _sound(text: str) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its dictionaries take a while and most searches need none

    return " ".join(lazy_pinyin(text))
