"""The lattice of everything that was matched, and the best way to cover the question with it."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from app.planning.lexicon import Candidate

_PIECE_COST = 0.35
_FILLER_COST = 0.15
_IGNORED = frozenset(" ,.;:!?、，。；：！？'\"“”‘’「」『』()（）[]【】《》/\\|…·%-×*")
_SIGNS = frozenset("<>=≠≥≤~&$¥￥+")


@cache
def _carries_nothing(char: str) -> bool:
    """Spaces, punctuation, emoji; signs of comparison do carry something."""
    return char in _IGNORED or (unicodedata.category(char)[0] in "SPZ" and char not in _SIGNS)


@dataclass(slots=True, eq=False)
class Token:
    """One stretch of the question with its possible meanings. `used_by` is filled by the shape that explained it."""

    start: int
    end: int
    text: str
    candidates: tuple[Candidate, ...] = ()
    payload: Any = None
    """A TimeRange, a duration, a comparison or a number, for tokens that the time and number grammars made."""
    kind: str = "word"
    """word | time | duration | compare | grain | number | unknown"""
    used_by: str | None = None
    target: str = ""
    fuzzy: bool = field(default=False)
    term: str = ""
    """The jargon term whose sense this piece was put in."""

    def has(self, kind: str, target: str | None = None) -> bool:
        """Can this token mean (`kind`, `target`)?"""
        return any(c.kind == kind and (target is None or c.target == target) for c in self.candidates)

    def op(self, *names: str) -> bool:
        """Is this an operator of one of these names?"""
        return any(c.kind == "operator" and c.target in names for c in self.candidates)

    def of(self, kind: str) -> tuple[Candidate, ...]:
        """The candidates of one kind."""
        return tuple(c for c in self.candidates if c.kind == kind)

    @property
    def is_filler(self) -> bool:
        return self.has("filler", "filler")

    @property
    def candidates_beyond_filler(self) -> bool:
        """Could it still mean something else than a filler?"""
        return any(c.kind != "filler" for c in self.candidates)

    @property
    def is_business(self) -> bool:
        """Does it name something of the model?"""
        return any(c.kind in ("metric", "dimension", "value", "segment", "term") for c in self.candidates)

    def use(self, shape: str, target: str = "") -> None:
        """Mark as explained."""
        self.used_by = shape
        self.target = target or self.target


def cover(text: str, pieces: Iterable[Token]) -> list[Token]:
    """The cheapest cover of `text`: fewest uncovered characters, then fewest and most meaningful pieces.

    Viterbi over character positions; what no piece covers becomes `unknown` tokens.
    """
    ending: dict[int, list[Token]] = {}
    for piece in pieces:
        ending.setdefault(piece.end, []).append(piece)
    best: list[tuple[float, Token | None]] = [(0.0, None)]
    for position in range(1, len(text) + 1):
        char = text[position - 1]
        best.append((best[position - 1][0] + (0.0 if _carries_nothing(char) else 10.0), None))
        for piece in ending.get(position, ()):
            cost = best[piece.start][0] + _cost(piece)
            if cost < best[position][0] - 1e-9:
                best[position] = (cost, piece)
    return _read_back(text, best)


def _cost(piece: Token) -> float:
    """Long pieces first: one piece per word; fillers lose ties against words that mean something."""
    cost = _PIECE_COST
    if piece.kind in ("time", "compare", "grain"):
        cost -= 0.02  # 2026 is a year before it is a number
    if piece.kind == "word" and piece.has("segment"):
        cost -= 0.3  # 流失会员|数 names a group of people; 流失|会员数 would be a tag
    if piece.kind == "word" and len(piece.text) == 1 and piece.is_business:
        cost += 0.3  # 群 names a dimension, but not in 人群
    if piece.kind == "duration":
        cost += 0.06  # 一天 of 最高的一天 is a word of ranking before it is a length
    if piece.kind == "word" and not piece.is_business:
        cost += 0.05
        if piece.op("rank_desc", "rank_asc") and " " in piece.text:
            cost -= 0.01  # best selling|stores, not best|selling stores
        if all(c.kind == "filler" for c in piece.candidates):
            cost += _FILLER_COST
    return cost - 0.001 * (piece.end - piece.start)


def _read_back(text: str, best: Sequence[tuple[float, Token | None]]) -> list[Token]:
    tokens: list[Token] = []
    position = len(text)
    while position > 0:
        piece = best[position][1]
        if piece is not None:
            tokens.append(piece)
            position = piece.start
            continue
        position -= 1
        if _carries_nothing(text[position]):
            continue
        if tokens and tokens[-1].kind == "unknown" and tokens[-1].start == position + 1:
            last = tokens[-1]
            tokens[-1] = Token(position, last.end, text[position : last.end], kind="unknown")
        else:
            tokens.append(Token(position, position + 1, text[position], kind="unknown"))
    tokens.reverse()
    return tokens


def fresh(token: Token) -> Token:
    """The same piece with nothing explained yet."""
    return Token(token.start, token.end, token.text, token.candidates, token.payload, token.kind,
                 target=token.target if token.kind == "number" else "", fuzzy=token.fuzzy, term=token.term)  # fmt: skip


def is_member_noun(token: Token) -> bool:
    """会员 / members: people who joined, not just anybody who bought."""
    return token.text in ("会员", "member", "members")


def content_length(text: str) -> int:
    """Characters that carry content: all but spaces and punctuation."""
    return sum(1 for char in text if not _carries_nothing(char))
