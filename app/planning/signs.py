"""Signs of doubt: what a reading decided that the question did not say in so many words.

The planner only states them; how much each lowers what may be believed is weighed by whoever shows the answer.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from app.planning.draft import Draft
from app.planning.lattice import Token, content_length
from app.planning.linking import Linked
from app.planning.plan import Sign, SignKind
from app.semantic.made_metrics import OVER, PER_DAY
from app.semantic.query import SemanticQuery

_JOINS = re.compile(r"[、,，;；&+/和与及跟同并或]|还有|以及|多少|各几|\b(?:and|with|plus|or|vs|versus)\b")
_MANY_SMALL_WORDS = 0.35


def signs_of(draft: Draft, linked: Linked, query: SemanticQuery) -> tuple[Sign, ...]:
    """Every sign that the finished draft shows, each at most once, in the order of `SIGNS`."""
    found = ((kind, words) for kind, look in SIGNS if (words := look(draft, linked, query)) is not None)
    return tuple(Sign(kind, words) for kind, words in found)


Words = tuple[str, ...]
Look = Callable[[Draft, Linked, SemanticQuery], Words | None]


def _heard(draft: Draft, tokens: Iterator[Token]) -> Words | None:
    words = tuple(draft.text[t.start : t.end] for t in tokens)
    return words or None


def _by_sound(draft: Draft, _linked: Linked, _query: SemanticQuery) -> Words | None:
    return _heard(draft, (t for t in draft.tokens if t.fuzzy and not _is_part(draft, t) and not t.text.isascii()))


def _by_spelling(draft: Draft, _linked: Linked, _query: SemanticQuery) -> Words | None:
    return _heard(draft, (t for t in draft.tokens if t.fuzzy and not _is_part(draft, t) and t.text.isascii()))


def _by_part(draft: Draft, _linked: Linked, _query: SemanticQuery) -> Words | None:
    """A part of a proper name (焕亮精华, in all its sizes): a product, a store."""
    return _heard(draft, (t for t in draft.tokens if t.fuzzy and _is_part(draft, t) and _is_name(draft, t)))


def _by_loose_part(draft: Draft, _linked: Linked, _query: SemanticQuery) -> Words | None:
    """A part of a word of a short list: with 渠道 unknown, 各渠道 is a part of some value and means none."""
    return _heard(draft, (t for t in draft.tokens if t.fuzzy and _is_part(draft, t) and not _is_name(draft, t)))


def _is_name(draft: Draft, token: Token) -> bool:
    return all(draft.model.dimensions[c.target].kind == "name" for c in token.of("value"))


def _is_part(draft: Draft, token: Token) -> bool:
    """Matched as a piece of a longer name, which is said in full or as it was heard."""
    heard = draft.text[token.start : token.end]
    return token.text == heard or (heard in token.text and token.has("value"))


def _no_time(draft: Draft, _linked: Linked, _query: SemanticQuery) -> Words | None:
    """A default window; stocks as of today, and people told by windows of their own, need no time."""
    said = draft.window_range is not None or any(t.used_by == "window" for t in draft.tokens)
    stocks = {draft.metric(m).window for m in draft.metrics} <= {"until", "snapshot"}
    return None if said or stocks or any(clause.window for clause in draft.people) else ()


def _vague_time(draft: Draft, _linked: Linked, _query: SemanticQuery) -> Words | None:
    """A window that was looked up or decided, and is stated: a promo, a fiscal period, early October."""
    window = draft.window_range
    if window is None or not any(" = " in text for text in draft.assumptions):
        return None
    return _heard(draft, (t for t in draft.tokens if t.kind == "time" and t.used_by == "window"))


def _no_metric(draft: Draft, _linked: Linked, _query: SemanticQuery) -> Words | None:
    """Nothing that was said names a metric: the verb, the ranking or the people told which number is meant."""
    return None if any(_names_metric(t) for t in draft.tokens) else ()


def _names_metric(token: Token) -> bool:
    return token.used_by == "metric" and (token.has("metric") or token.has("days_metric"))


def _unjoined_metrics(draft: Draft, _linked: Linked, query: SemanticQuery) -> Words | None:
    """Two numbers with nothing between them that lists them: perhaps one of them only qualifies the other."""
    if len(query.metrics) < 2:
        return None
    said = [t for t in draft.tokens if _names_metric(t)]
    gaps = [(a, b) for a, b in pairwise(said) if not _JOINS.search(draft.text[a.end : b.start])]
    return tuple(draft.text[a.start : b.end] for a, b in gaps) or None


def _made_metric(_draft: Draft, _linked: Linked, query: SemanticQuery) -> Words | None:
    """A ratio or a daily average that nobody defined."""
    return () if any(OVER in name or name.endswith(PER_DAY) for name in query.metrics) else None


def _finer_twin(_draft: Draft, linked: Linked, _query: SemanticQuery) -> Words | None:
    return () if linked.swapped else None


def _unasked_split(draft: Draft, _linked: Linked, _query: SemanticQuery) -> Words | None:
    """A dimension's name became a breakdown although no word says so (各, 按, by, which …)."""
    asked = any(t.op(*_SPLITS) or t.used_by == "rank" for t in draft.tokens)
    return (
        None if asked else _heard(draft, (t for t in draft.tokens if t.used_by == "breakdown" and t.has("dimension")))
    )


_SPLITS = ("each", "by", "vs", "distribution", "which", "which_many", "rest", "share", "share_of", "trend", "per_day")


def _only_passed_over(draft: Draft, _linked: Linked, _query: SemanticQuery) -> Words | None:
    """只 beside conditions on people may exclude everything else, and took no part."""
    if not draft.people and not draft.segments:
        return None
    return _heard(draft, (t for t in draft.free() if t.op("only") and not t.is_filler))


def _passed_over(draft: Draft, _linked: Linked, _query: SemanticQuery) -> Words | None:
    """Words of grammar that took no part in the plan, and only restate something at best."""
    left = (t for t in draft.free() if not t.is_filler and t.candidates and not t.op("people", "list_people"))
    return _heard(draft, left)


def _mostly_small_words(draft: Draft, _linked: Linked, _query: SemanticQuery) -> Words | None:
    small = [t for t in draft.free() if t.is_filler]
    part = sum(content_length(t.text) for t in small) / (content_length(draft.text) or 1)
    return tuple(draft.text[t.start : t.end] for t in small) if part > _MANY_SMALL_WORDS else None


def _reduced_people(draft: Draft, _linked: Linked, query: SemanticQuery) -> Words | None:
    """Conditions on people beside conditions on rows: which of the two a word belongs to may be read either way."""
    return () if draft.people and query.filters else None


SIGNS: tuple[tuple[SignKind, Look], ...] = (
    ("by_sound", _by_sound),
    ("by_spelling", _by_spelling),
    ("by_part", _by_part),
    ("by_loose_part", _by_loose_part),
    ("no_time", _no_time),
    ("vague_time", _vague_time),
    ("no_metric", _no_metric),
    ("unjoined_metrics", _unjoined_metrics),
    ("made_metric", _made_metric),
    ("finer_twin", _finer_twin),
    ("unasked_split", _unasked_split),
    ("only_passed_over", _only_passed_over),
    ("passed_over", _passed_over),
    ("mostly_small_words", _mostly_small_words),
    ("reduced_people", _reduced_people),
)
