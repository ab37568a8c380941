"""Approximate matching, only for stretches that nothing else explained, and always disclosed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from app.planning.lattice import Token
from app.planning.lexicon import Candidate, Lexicon
from app.planning.name_index import NameIndex

_MIN_CJK, _MIN_LATIN = 2, 4
_LONG_CJK, _LONG_LATIN, _MAX_PARTS = 4, 8, 12
_MAX_SPELLED = 4
"""Characters of a Chinese value that may be spelled in Latin letters: places and short names."""
_MAX_SOUNDS = 16
_MAX_HOLDERS = 400
_NEAR_KEPT = 500
_WIDER = 3
_LATIN_CUTOFF, _SUGGEST_CUTOFF = 84.0, 40.0
# Words of time and grammar: a near miss of one of these is no typo of a business name.
_NEVER = frozenset(
    ("day", "days", "week", "weeks", "month", "months", "year", "years", "quarter", "today", "first", "last",
     "next", "then", "than", "that", "with", "back", "came", "come", "pick", "some", "more", "long", "real",
     "like", "just", "good", "list", "left", "right", "late", "early", "same", "ever", "each", "both", "many",
     "much", "less", "high", "deal", "plan", "part", "head", "hand", "side", "work", "home", "life", "line",
     "order", "other", "under", "still", "share", "large", "small", "total", "again", "after", "since", "until",
     "about", "would", "could", "should", "where", "which", "while", "their", "there", "these", "those", "return",
     "returned", "turn", "turned", "stats", "state", "grab", "land", "gain", "leave", "lost", "gone", "went", "test")
)  # fmt: skip
_KINDS = ("metric", "dimension", "value", "segment", "term")


@dataclass(slots=True)
class FuzzyIndex:
    """Names of the model and values of the warehouse, to be reached by sound, by typo or by part."""

    lexicon: Lexicon
    _index: NameIndex = field(init=False)
    _latin: list[str] = field(default_factory=list)
    _near: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _own: list[str] = field(default_factory=list)
    """Names of the model itself, for suggestions: values are too many and say too little."""
    _by_spelling: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [form for form, found in self.lexicon.entries.items() if any(c.kind in _KINDS for c in found)]
        self._index = NameIndex(names)
        self._latin = [name for name in names if name.isascii()]
        self._own = [
            n for n in names if any(c.kind in ("metric", "dimension", "segment") for c in self.lexicon.entries[n])
        ]

    def repair(self, text: str, missing: Sequence[Token]) -> list[Token]:
        """Tokens for every stretch that no word covers, or none at all if one of them stays unmatched.

        Words that were known but found no place are left to the next reading.
        """
        repaired: list[Token] = []
        unmatched: list[Token] = []
        for token in missing:
            if token.kind != "unknown" or _is_covered(token, repaired):
                continue
            found = self._match(text, token)
            if found is None:
                unmatched.append(token)
            else:
                repaired = [r for r in repaired if not _overlap(r, found)] + [found]
        return repaired if all(_is_covered(token, repaired) for token in unmatched) else []

    def _match(self, text: str, token: Token) -> Token | None:
        stretches = _stretches(text, token)
        for start, end in sorted(stretches, key=lambda s: s[0] - s[1]):  # the longest that sounds like a name
            form = self._by_pinyin(text[start:end])
            if form:
                return _fuzzy_token(start, end, form, self.lexicon.entries[form])
        for start, end in stretches:
            heard = text[start:end]
            form = self._by_typo(heard) or self._by_spelled_sound(heard)
            if form:
                return _fuzzy_token(start, end, form, self.lexicon.entries[form])
            part = self._by_part(heard)
            if part:
                return _fuzzy_token(start, end, part[0], part[1])
        return None

    def _by_pinyin(self, heard: str) -> str | None:
        if not _is_cjk(heard) or len(heard) < _MIN_CJK:
            return None
        # 实际 sounds like 市级 and is no slip of it: a slip keeps at least half of the characters.
        alike = [form for form in self._index.resembling(heard) if _is_cjk(form)]
        if not alike:
            return None
        ways = set(_pinyins(heard))
        same = [form for form in alike if _pinyin(form) in ways]
        return same[0] if len(same) == 1 else None

    def _by_spelled_sound(self, heard: str) -> str | None:
        """shanghai, guangdong: a Chinese value spelled by its sound."""
        if not heard.isascii() or not heard.isalpha() or len(heard) < _MIN_LATIN:
            return None
        same = self._spelled().get(heard, [])
        return same[0] if len(same) == 1 else None

    def _spelled(self) -> dict[str, list[str]]:
        if not self._by_spelling:
            for form in self._index.names:
                if _MIN_CJK <= len(form) <= _MAX_SPELLED and _is_cjk(form) and self._is_value(form):
                    self._by_spelling.setdefault(_pinyin(form).replace(" ", ""), []).append(form)
        return self._by_spelling

    def _is_value(self, form: str) -> bool:
        return any(c.kind == "value" for c in self.lexicon.entries[form])

    def _by_typo(self, heard: str) -> str | None:
        if not heard.isascii() or len(heard) < _MIN_LATIN or heard in _NEVER:
            return None
        best = process.extract(heard, self._latin, scorer=fuzz.ratio, score_cutoff=_LATIN_CUTOFF, limit=2)
        if not best and len(heard) > _MIN_LATIN:
            # slaes, refudn: two letters swapped weigh as two slips above, and are one of the hand.
            near = process.extract(heard, self._latin, scorer=OSA.distance, score_cutoff=1, limit=2)
            best = [(name, 100.0 - slips, at) for name, slips, at in near if sorted(name) == sorted(heard)]
        if not best or (len(best) > 1 and best[0][1] - best[1][1] < 3 and not self._same(best[0][0], best[1][0])):
            return None
        return str(best[0][0])

    def _same(self, one: str, other: str) -> bool:
        return set(self.lexicon.entries[one]) == set(self.lexicon.entries[other])

    def _by_part(self, heard: str) -> tuple[str, tuple[Candidate, ...]] | None:
        """「焕亮精华」 inside exactly one value's name; a Latin word as a whole word of it only."""
        if len(heard) < (_MIN_CJK + 1 if _is_cjk(heard) else _MIN_LATIN) or heard in _NEVER:
            return None
        holders = [
            (form, candidates) for form in islice(self._index.holding(heard), _MAX_HOLDERS)
            if (candidates := tuple(c for c in self.lexicon.entries[form] if c.kind == "value"))
            and (not heard.isascii() or heard in re.findall(r"[a-z0-9.'&]+", form) or " " in heard)
        ]  # fmt: skip
        found = tuple(dict.fromkeys(c for _, candidates in holders for c in candidates))
        if len({c.value for c in found}) == 1:
            return heard, found
        # 时光精粹精华 in the names of three sizes: all of them, where the part is long and they are one kind of thing.
        long = len(heard) >= (_LONG_CJK if _is_cjk(heard) else _LONG_LATIN)
        one_kind = len({c.target for c in found}) == 1 and len(found) <= _MAX_PARTS
        return (heard, found) if long and one_kind else None

    def nearest(self, heard: str, language: str, *, limit: int = 3) -> list[str]:
        """Names in the asker's language that look like `heard`, best first: suggestions for a refusal."""
        if len(heard) < _MIN_CJK:
            return []
        if (heard, language) not in self._near:
            if len(self._near) > _NEAR_KEPT:
                self._near.clear()
            near = islice(self._index.resembling(heard), _MAX_HOLDERS)
            names = {name for name in (*self._own, *near) if name.isascii() == (language == "en")}
            found = process.extract(heard, sorted(names), scorer=fuzz.ratio, score_cutoff=_SUGGEST_CUTOFF, limit=limit)
            self._near[heard, language] = [str(form) for form, _, _ in found]
        return self._near[heard, language]


def _overlap(one: Token, other: Token) -> bool:
    return one.start < other.end and other.start < one.end


def _is_covered(token: Token, by: Sequence[Token]) -> bool:
    return any(r.start <= token.start and token.end <= r.end for r in by)


def _fuzzy_token(start: int, end: int, form: str, candidates: tuple[Candidate, ...]) -> Token:
    kept = tuple(c for c in candidates if c.kind in (*_KINDS, "operator"))
    return Token(start, end, form, kept, target=form, fuzzy=True)


def _stretches(text: str, token: Token) -> list[tuple[int, int]]:
    """The missing stretch itself, then widened by up to three characters each side.

    A wrong character in the middle of a word leaves its other characters behind as fillers.
    """
    wider = [
        (start, end)
        for start in range(max(0, token.start - _WIDER), token.start + 1)
        for end in range(token.end, min(len(text), token.end + _WIDER) + 1)
        if (start, end) != (token.start, token.end) and " " not in text[start:end]
    ]
    return [(token.start, token.end), *sorted(wider, key=lambda s: s[0] - s[1])]


def _is_cjk(text: str) -> bool:
    return all("\u3400" <= char <= "\u9fff" for char in text)


def _pinyins(text: str) -> list[str]:
    """Every way to say it: 曾 is zeng and ceng."""
    from pypinyin import Style, pinyin  # noqa: PLC0415 - as below

    readings = pinyin(text, style=Style.NORMAL, heteronym=True)
    ways = [" ".join(one) for one in islice(product(*readings), _MAX_SOUNDS)]
    return list(dict.fromkeys([_pinyin(text), *ways]))


def _pinyin(text: str) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - 80 ms to import; most questions never need it

    return " ".join(lazy_pinyin(text))
