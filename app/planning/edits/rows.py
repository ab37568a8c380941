"""What a fragment points at: rows of the last answer (第二个, 最高的那个渠道, 这些门店, the first one)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from app.planning.context import Previous
from app.planning.draft import Draft
from app.planning.edits.problems import UnresolvedError
from app.planning.lattice import Token
from app.semantic.branches import OTHER
from app.semantic.query import Filter, Scalar

_RANKED = ("名", "排", "冠军", "亚军", "榜首", "winner", "place", "runner", "top")
_WHOLE = ("that", "this", "it", "this one", "that one", "此", "这个", "其")
"""Without a noun behind them these mean the answer as a whole."""

Row = tuple[Scalar | None, ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """The rows pointed at, as filters. `one` = a single row, so its dimensions need no column any more."""

    filters: tuple[Filter, ...]
    dimensions: tuple[str, ...]
    one: bool


def read_pick(draft: Draft, previous: Previous) -> Pick | None:
    """The rows that the fragment points at, its words marked as explained.

    Raises:
        UnresolvedError: it points at a row that can't be told.
    """
    if not previous.query.dimensions:
        _whole_answer(draft)
        return None
    for read in (_by_place, _by_rank, _several, _single):
        found = read(draft, previous)
        if found is not None:
            return found
    return None


def rows_of(previous: Previous) -> list[Row]:
    """The different groups that were shown, in their order, without the row of all others."""
    names = previous.query.dimensions
    rows = [tuple(row.get(name) for name in names) for row in previous.rows if set(names) <= set(row)]
    return [row for row in dict.fromkeys(rows) if OTHER not in row]


def pick(previous: Previous, rows: Sequence[Row], *, one: bool) -> Pick:
    """Filters that keep exactly these rows.

    Raises:
        UnresolvedError: no filters can, as with some of the cells of a cross table.
    """
    names = previous.query.dimensions
    if not rows:
        raise UnresolvedError(
            "这句话指向上一答里的行,但没有收到那些行", "This points at rows of the last answer, which are not here",
            lacks_rows=True,
        )  # fmt: skip
    columns = [list(dict.fromkeys(column)) for column in zip(*rows, strict=True)]
    several_with_gap = any(None in column and len(column) > 1 for column in columns)
    if several_with_gap or len(set(product(*columns))) != len(set(rows)):
        raise UnresolvedError(
            "上一答的这些行不能合成一个筛选,请直接说出要看的值",
            "These rows can't be put as one filter; please name the values",
        )
    return Pick(tuple(_filter(name, column) for name, column in zip(names, columns, strict=True)), names, one)


def is_ranked(previous: Previous, draft: Draft) -> bool | None:
    """Were the rows shown by their number: True highest first, False lowest first, None in another order?"""
    query = previous.query
    if query.order is not None:
        by_number = query.order.by not in {"period", *query.dimensions}
        return query.order.descending if by_number and query.grain is None else None
    first = draft.model.dimensions[query.dimensions[0]]
    natural = first.order or first.kind == "time" or first.type in ("date", "timestamp")
    return None if query.grain is not None or natural else True


def _filter(name: str, values: Sequence[Scalar | None]) -> Filter:
    known = tuple(v for v in values if v is not None)
    if not known:
        return Filter(dimension=name, op="is_null")
    return Filter(dimension=name, op="eq" if len(known) == 1 else "in", values=known)


def _whole_answer(draft: Draft) -> None:
    """它的客单价 after one number: the same subject, nothing to pick."""
    for token in draft.free():
        if token.op("these", "this_one") and not token.is_business:
            token.use("edit", "previous")


def _by_place(draft: Draft, previous: Previous) -> Pick | None:
    token = next((t for t in draft.free() if t.op("row")), None)
    if token is None or any(t.op("which", "which_many") for t in draft.tokens):
        return None
    said = next(int(c.value or 1) for c in token.candidates if c.target == "row")
    place = said if said < 0 else said - 1
    rows = _rows(previous)
    if any(word in token.text for word in _RANKED):
        place = _from_top(place, draft, previous)
    if place >= len(rows):
        raise UnresolvedError(f"上一答只有 {len(rows)} 行", f"The last answer has only {len(rows)} rows")
    _take(draft, token, previous)
    return pick(previous, [rows[place]], one=True)


def _from_top(place: int, draft: Draft, previous: Previous) -> int:
    """第一名 counts from the highest; rows in another order have no first place."""
    ranked = is_ranked(previous, draft)
    if ranked is None or (ranked is False and place != -1):
        raise UnresolvedError(
            "上一答没有按数值从高到低排列,分不出名次;可以先说“从高到低”",
            "The last answer was not sorted from high to low, so it has no places; say “sort from high to low” first",
        )
    return place


def _by_rank(draft: Draft, previous: Previous) -> Pick | None:
    """最高的那个渠道; 最高的渠道按天看: the noun is the last answer's and more is asked."""
    for token in draft.free():
        if not token.op("rank_desc", "rank_asc") or token.is_business:
            continue
        right = draft.neighbour(token, 1)
        if right is None or not (right.op("this_one") or (_names(right, previous) and _asks_more(draft))):
            continue
        highest = not (token.op("rank_asc") and not token.op("rank_desc"))
        _take(draft, token, previous)
        return pick(previous, [_extreme(draft, previous, highest=highest)], one=True)
    return None


def _extreme(draft: Draft, previous: Previous, *, highest: bool) -> Row:
    rows, ranked = _rows(previous), is_ranked(previous, draft)
    if ranked is None or (ranked is not highest and len(rows) >= previous.query.limit):
        raise UnresolvedError(
            "上一答的顺序看不出哪一行最高或最低;可以先说“从高到低”",
            "The order of the last answer does not show its highest or lowest row; say “sort from high to low” first",
        )
    return rows[0] if ranked is highest else rows[-1]


def _several(draft: Draft, previous: Previous) -> Pick | None:
    token = next((t for t in draft.free() if t.op("these")), None)
    if token is None:
        return None
    noun = draft.neighbour(token, 1)
    if noun is not None and noun.op("people") and not _names(noun, previous):
        token.use("edit", "previous")  # 这些会员: the same people, as the plan has them
        return None
    _take(draft, token, previous)
    query = previous.query
    if query.limit >= 1000 and not query.having and not query.limit_within:
        return None  # every group was shown, so these are all there are
    return pick(previous, _rows(previous), one=False)


def _single(draft: Draft, previous: Previous) -> Pick | None:
    token = next((t for t in draft.free() if t.op("this_one") and not t.is_business), None)
    if token is None:
        return None
    noun = draft.neighbour(token, 1)
    is_named = noun is not None and noun.has("dimension")
    rows = rows_of(previous)
    if len(rows) == 1 and not (is_named and noun is not None and not _names(noun, previous)):
        _take(draft, token, previous)
        return pick(previous, rows, one=True)
    if not is_named and token.text in _WHOLE:
        token.use("edit", "previous")
        return None
    shown = "、".join(str(v) for row in rows[:3] for v in row)
    raise UnresolvedError(
        f"“{token.text}”指哪一个?上一答有 {len(rows)} 行" + (f"({shown}…)" if shown else ""),
        f"Which one is “{token.text}”? The last answer has {len(rows)} rows" + (f" ({shown} …)" if shown else ""),
    )


def _rows(previous: Previous) -> list[Row]:
    rows = rows_of(previous)
    if not rows:
        pick(previous, rows, one=True)
    return rows


def _names(token: Token, previous: Previous) -> bool:
    return any(token.has("dimension", name) for name in previous.query.dimensions)


def _asks_more(draft: Draft) -> bool:
    """Something beside the rank is asked: a grain, a comparison, a time, a metric."""
    return any(
        t.kind in ("grain", "compare", "time") or (t.has("metric") and not t.has("dimension")) for t in draft.free()
    )


def _take(draft: Draft, token: Token, previous: Previous) -> None:
    """Mark the reference and the noun behind it: 第一名 的 那个 门店.

    Raises:
        UnresolvedError: the noun is none of the last answer's dimensions, or only one of several.
    """
    token.use("row")
    right = draft.neighbour(token, 1)
    while (
        right is not None
        and (right.op("this_one", "unit_any") or right.kind == "number")
        and not right.has("dimension")
    ):
        right.use("row")
        right = draft.neighbour(right, 1)
    if right is None or not right.has("dimension") or right.used_by:
        return
    if right.has("metric") and not _names(right, previous):
        return
    left = draft.neighbour(right, -1)
    if left is not None and left.op("by", "each"):
        return
    if not _names(right, previous) or len(previous.query.dimensions) > 1:
        raise UnresolvedError(f"上一答的行不是“{right.text}”", f"The rows of the last answer are not “{right.text}”")
    right.use("row")
