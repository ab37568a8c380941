"""A name with the time said in the middle of it: 预售10月收了多少定金 names 预售收了多少定金, in October.

In Chinese a time may stand anywhere before the verb. Only where nothing else could be read, the time is moved to the
front, and only if that closes a name of the model; who did what before is never moved.
"""

from collections.abc import Iterable

from app.planning.lattice import Token
from app.planning.lexicon import Lexicon

_MARK = ","
_SCOPES = ("bought", "not_bought", "not_prefix", "not", "not_suffix", "joined", "acquired", "vs", "first_time")
_LEADS = tuple("在从到至于自是为前后比跟和与除非不没未,")
_TRAILS = tuple("的之以到至起前后和与跟比,")


def time_first(text: str, pieces: Iterable[Token], lexicon: Lexicon) -> str | None:
    """`text` with its only time first, where a name of the model then stands unbroken; else None."""
    heard = list(pieces)
    times = _outermost([p for p in heard if p.kind in ("time", "duration", "compare")])
    if len(times) != 1 or times[0].kind != "time" or any(p.op(*_SCOPES) or p.has("deed") for p in heard):
        return None
    start, end = times[0].start, times[0].end
    before, after = text[:start], text[end:]
    if not before or not after or before.endswith(_LEADS) or after.startswith(_TRAILS) or text.isascii():
        return None
    moved = f"{text[start:end]}{_MARK}{before}{after}"
    seam = end - start + len(_MARK) + len(before)
    return moved if any(m.start < seam < m.end and _is_name(m.candidates) for m in lexicon.matches(moved)) else None


def _is_name(candidates: Iterable[object]) -> bool:
    return any(getattr(c, "kind", "") in ("metric", "dimension", "value", "segment", "term") for c in candidates)


def _outermost(tokens: list[Token]) -> list[Token]:
    return [t for t in tokens if not any(_is_inside(t, other) for other in tokens)]


def _is_inside(inner: Token, outer: Token) -> bool:
    longer = outer.end - outer.start > inner.end - inner.start
    return longer and outer.start <= inner.start and inner.end <= outer.end
