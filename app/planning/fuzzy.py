"""Approximate matching, only for stretches that nothing else explained, and always disclosed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from app.planning.lattice import Token
from app.planning.lexicon import Candidate, Lexicon

_MIN_CJK, _MIN_LATIN = 2, 4
_LATIN_CUTOFF, _SUGGEST_CUTOFF = 84.0, 50.0
# Words of time and grammar: a near miss of one of these is no typo of a business name.
_NEVER = frozenset(
    ("day", "days", "week", "weeks", "month", "months", "year", "years", "quarter", "today", "first", "last", "next",
     "then", "than", "that", "with")
)  # fmt: skip
_KINDS = ("metric", "dimension", "value", "segment", "term")


@dataclass(slots=True)
class FuzzyIndex:
    """Names of the model and values of the warehouse, to be reached by sound, by typo or by part."""

    lexicon: Lexicon
    _names: list[str] = field(default_factory=list)
    _by_sound: dict[int, dict[str, list[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names = [form for form, found in self.lexicon.entries.items() if any(c.kind in _KINDS for c in found)]

    def repair(self, text: str, missing: Sequence[Token]) -> list[Token]:
        """Tokens for every missing stretch, or none at all if one stretch stays unmatched."""
        repaired = []
        for token in missing:
            found = self._match(text, token) if token.kind == "unknown" else None
            if found is None:
                return []
            repaired.append(found)
        return repaired

    def _match(self, text: str, token: Token) -> Token | None:
        for start, end in _stretches(text, token):
            heard = text[start:end]
            form = self._by_pinyin(heard) or self._by_typo(heard)
            if form:
                return _fuzzy_token(start, end, form, self.lexicon.entries[form])
            part = self._by_part(heard)
            if part:
                return _fuzzy_token(start, end, part[0], part[1])
        return None

    def _by_pinyin(self, heard: str) -> str | None:
        if not _is_cjk(heard) or len(heard) < _MIN_CJK:
            return None
        same = self._sounds(len(heard)).get(_pinyin(heard), [])
        return same[0] if len(same) == 1 else None

    def _by_typo(self, heard: str) -> str | None:
        if not heard.isascii() or len(heard) < _MIN_LATIN or heard in _NEVER:
            return None
        best = process.extract(heard, self._names, scorer=fuzz.ratio, score_cutoff=_LATIN_CUTOFF, limit=2)
        if not best or (len(best) > 1 and best[0][1] - best[1][1] < 3 and not self._same(best[0][0], best[1][0])):
            return None
        return str(best[0][0])

    def _same(self, one: str, other: str) -> bool:
        return set(self.lexicon.entries[one]) == set(self.lexicon.entries[other])

    def _by_part(self, heard: str) -> tuple[str, tuple[Candidate, ...]] | None:
        """「焕亮精华」 inside exactly one value's name."""
        if len(heard) < (_MIN_CJK + 1 if _is_cjk(heard) else _MIN_LATIN):
            return None
        holders = [
            (form, candidates) for form in self._names
            if heard in form and (candidates := tuple(c for c in self.lexicon.entries[form] if c.kind == "value"))
        ]  # fmt: skip
        values = {c.value for _, candidates in holders for c in candidates}
        return holders[0] if len(values) == 1 else None

    def nearest(self, heard: str, language: str, *, limit: int = 3) -> list[str]:
        """Names in the asker's language that look like `heard`, best first: suggestions for a refusal."""
        if len(heard) < _MIN_CJK:
            return []
        names = [name for name in self._names if name.isascii() == (language == "en")]
        found = process.extract(heard, names, scorer=fuzz.WRatio, score_cutoff=_SUGGEST_CUTOFF, limit=limit)
        return [str(form) for form, _, _ in found]

    def _sounds(self, length: int) -> dict[str, list[str]]:
        """Names of one length by their sound; pinyin is slow, so only for lengths that were asked for."""
        if length not in self._by_sound:
            sounds: dict[str, list[str]] = {}
            for form in self._names:
                if len(form) == length and _is_cjk(form):
                    sounds.setdefault(_pinyin(form), []).append(form)
            self._by_sound[length] = sounds
        return self._by_sound[length]


def _fuzzy_token(start: int, end: int, form: str, candidates: tuple[Candidate, ...]) -> Token:
    return Token(start, end, form, tuple(c for c in candidates if c.kind in _KINDS), target=form, fuzzy=True)


def _stretches(text: str, token: Token) -> list[tuple[int, int]]:
    """The missing stretch itself, then widened by up to two characters each side.

    A wrong character in the middle of a word leaves its other characters behind as fillers.
    """
    wider = [
        (start, end)
        for start in range(max(0, token.start - 2), token.start + 1)
        for end in range(token.end, min(len(text), token.end + 2) + 1)
        if (start, end) != (token.start, token.end) and " " not in text[start:end]
    ]
    return [(token.start, token.end), *sorted(wider, key=lambda s: s[0] - s[1])]


def _is_cjk(text: str) -> bool:
    return all("\u3400" <= char <= "\u9fff" for char in text)


def _pinyin(text: str) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - 80 ms to import; most questions never need it

    return " ".join(lazy_pinyin(text))
