"""Bought in every one of several times: "二季度和三季度都买过", "bought in both Q2 and Q3", "8 月和 9 月都没下单"."""

from itertools import pairwise

from app.planning.draft import Draft, PersonClause
from app.planning.lattice import Token
from app.planning.shapes.filters import take_values

_WHOLE_YEAR = 100
_ALL = ("都", "both", "each", "均", "全都", "两次都", "都有")


def read_in_each(draft: Draft, verb: Token) -> None:
    """One clause a time: a person has to have bought in each of them, which a joined window would not ask."""
    times = _listed_times(draft, verb)
    word = _all_word(draft, verb, times)
    if len(times) < 2 or word is None or any(_is_elliptic(t) for t in times[1:]):
        return
    last = max(draft.index(verb), draft.index(times[-1]))
    places = [t for t in draft.tokens[draft.index(times[0]) : last + 3] if t.has("value") and not t.op("people")]
    groups = take_values(draft, places)
    negated = verb.op("not_bought")
    for token in times:
        token.use("people", "window")
        window = token.payload.start, token.payload.end
        draft.people.append(PersonClause(negated, list(groups), window=window))
    word.use("people", "in each")
    verb.use("people", "not bought" if negated else "bought")


def _is_elliptic(time: Token) -> bool:
    """Last year's 11.11 and this year's: the event of the time before is meant, and not the whole year."""
    return time.text.startswith(("this year's", "last year's")) and time.payload.unit not in ("day", "event") and (
        time.payload.days > _WHOLE_YEAR
    )  # fmt: skip


def _listed_times(draft: Draft, verb: Token) -> list[Token]:
    """Neighbouring times joined by 和, 、 or and: all before the verb, or all behind it."""
    times = [t for t in draft.tokens if t.kind == "time" and not t.used_by]
    before = [t for t in times if t.start < verb.start]
    listed = before if len(before) > 1 else [t for t in times if t.start > verb.start]
    for left, right in pairwise(listed):
        between = draft.tokens[draft.index(left) + 1 : draft.index(right)]
        if any(not (t.is_filler or t.op("range", "vs")) for t in between):
            return []
    return listed


def _all_word(draft: Draft, verb: Token, times: list[Token]) -> Token | None:
    """都 between the last time and the verb, or both before the first time."""
    if not times:
        return None
    edges = sorted((draft.index(times[-1]), draft.index(verb))) if times[-1].start < verb.start else (
        draft.index(verb), draft.index(times[0]))  # fmt: skip
    near = draft.tokens[edges[0] + 1 : edges[1]]
    return next((t for t in near if t.text in _ALL and not t.used_by), None)
