"""Draft + linking → `SemanticQuery`: the last step of the rule planner."""

import re
from datetime import date
from itertools import pairwise

from app.planning.draft import Draft, NumberCondition, PersonClause, ValueGroup
from app.planning.lattice import Token
from app.planning.linking import Linked, Reach, group_dimensions
from app.semantic.query import (
    Filter,
    Having,
    Order,
    PeopleCondition,
    Scalar,
    SegmentRef,
    SemanticQuery,
    Share,
)

# 抖音的销售额里新客占多少: what stands before 里 is the whole.
_INSIDE = re.compile(r"[^,，。;；在占全所]{0,12}?(?:里面|里头|里边|里|当中|之中|中间|中(?![国秋心等性草]))")
_SPLIT_WORDS = ("each", "vs", "by", "distribution")


def assemble(draft: Draft, linked: Linked, reach: Reach) -> SemanticQuery:
    """The query of one assignment.

    Raises:
        ValueError: the pieces contradict each other (pydantic's own messages).
    """
    start, end = draft.window or (draft.as_of, draft.as_of)
    swapped = dict(linked.swapped)
    filters, shared = _filters(draft, linked)
    dimensions = _dimensions(draft, linked)
    order = _order(draft, linked, dimensions)
    limit_within = _limit_within(draft, linked)
    people = tuple(_person_condition(draft, clause, reach) for clause in draft.people)
    return SemanticQuery(
        kind="audience" if draft.wants_people else "aggregate",
        metrics=linked.metrics,
        dimensions=dimensions,
        filters=filters,
        people=people,
        segments=tuple(SegmentRef(segment=s, negated=n, days=d) for s, n, d in draft.segments),
        start=start,
        end=end,
        grain=draft.grain,
        compare=tuple(draft.compare),
        share=Share(of_all=tuple(dict.fromkeys([*shared, *draft.shared]))) if draft.share else None,
        having=tuple(Having(metric=swapped.get(h.subject, h.subject), op=h.op, values=h.values) for h in draft.having),
        order=order,
        limit=draft.limit if draft.limit is not None and (dimensions or draft.ranks_periods) else 1000,
        limit_within=limit_within,
        rest_as_other=draft.rest_as_other and bool(dimensions),
    )


def _dimensions(draft: Draft, linked: Linked) -> tuple[str, ...]:
    """Said breakdowns, and the dimension of values that are to be told apart (抖音和天猫各…)."""
    found = dict.fromkeys(linked.breakdowns)
    for group, dimension in zip(draft.groups, linked.groups, strict=True):
        if is_split(draft, group):
            found[dimension] = None
    return tuple(found)


def is_split(draft: Draft, group: ValueGroup) -> bool:
    """Two or more values are shown apart unless a total was asked; excluded values never are."""
    if group.negated or len({_value(draft, t, group) for t in group.tokens}) < 2:
        return False
    if any(t.op("total") and not t.has("value") for t in draft.tokens) or _are_added(draft, group):
        return False
    return not _is_one_crowd(draft, group)


def _are_added(draft: Draft, group: ValueGroup) -> bool:
    """聚光+千川 点击数: a plus between the values asks for one sum."""
    gaps = (draft.text[a.end : b.start] for a, b in pairwise(group.tokens))
    return any(gap.strip() in ("+", "加", "加上", "plus") for gap in gaps)


def _is_one_crowd(draft: Draft, group: ValueGroup) -> bool:
    """金卡和黑金会员消费了多少: both kinds of people together, where the numbers add up and nobody says 各."""
    if group.tokens[-1].text.endswith(_CROWDS) and not _split_said(draft):
        return all(draft.metric(m).additivity != "non_additive" for m in draft.metrics)
    behind = draft.neighbour(group.tokens[-1], 1)
    if behind is None or not (behind.op("people") or (behind.used_by == "filter" and behind.has("value"))):
        return False
    if _split_said(draft):
        return False
    return all(draft.metric(m).additivity != "non_additive" for m in draft.metrics)


_CROWDS = ("会员", "客户", "用户", "顾客", "人群", "members", "customers")


def _split_said(draft: Draft) -> bool:
    return any(t.op(*_SPLIT_WORDS) and not t.is_filler for t in draft.tokens)


def _value(draft: Draft, token: Token, group: ValueGroup) -> str:
    dimension = group_dimensions(draft, group)
    return next((v for d in dimension for v in _stored(draft, token, d)), token.text)


def _filters(draft: Draft, linked: Linked) -> tuple[tuple[Filter, ...], tuple[str, ...]]:
    """Row filters, and the dimensions whose filter a share leaves out of its denominator."""
    filters, shared = [], []
    for group, dimension in zip(draft.groups, linked.groups, strict=True):
        filters.append(_value_filter(draft, group, dimension))
        if draft.share and not group.negated and not linked.breakdowns and not said_of_the_whole(draft, group):
            shared.append(dimension)
    if draft.share and draft.numbers and not draft.groups and not linked.breakdowns:
        shared += [condition.subject for condition in draft.numbers]  # of all orders, those with two items or more
    named = {f.dimension for f in filters}
    filters += [
        Filter(dimension=d, op="not_null") for d in linked.breakdowns
        if d not in named and draft.model.dimensions[d].absent == "not_applicable"
    ]  # fmt: skip
    filters += [_number_filter(condition) for condition in draft.numbers]
    filters += [condition for condition in draft.fixed if condition not in filters]
    return tuple(filters), tuple(dict.fromkeys(shared))


_CAME_FROM = re.compile(r"\b(?:came|comes?|coming) (?:from|via|through|in through|in via)\b")


def said_of_the_whole(draft: Draft, group: ValueGroup) -> bool:
    """华东占全部门店的比例: a value said behind 占 narrows the whole too."""
    if draft.shared or _INSIDE.match(draft.text[group.tokens[-1].end :]):
        return True
    origin = _CAME_FROM.search(draft.text)
    if origin is not None and any(g.tokens[0].start > origin.start() for g in draft.groups):
        return group.tokens[0].start < origin.start()  # the proportion of Douyin's sales that came from live rooms
    share = next((t for t in draft.tokens if t.used_by == "share"), None)
    whole = [t for t in group.tokens if _is_whole(draft, t)]
    return share is not None and any(t.start > share.start for t in whole)


def _is_whole(draft: Draft, token: Token) -> bool:
    """占全部门店, 占所有门店, 占门店: what follows 占 is the whole."""
    left = draft.neighbour(token, -1)
    beside = draft.neighbour(token, -1, skip_fillers=False)
    if left is None:
        return False
    after_share = left.op("share") and left.text in ("占", "占了", "占到") and left.used_by == "share"
    said = beside is not None and beside.text in ("所有", "整个", "全体")
    return left.op("total", "share_of") or after_share or (said and left.op("share"))


def _value_filter(draft: Draft, group: ValueGroup, dimension: str) -> Filter:
    stored = [value for t in group.tokens for value in _stored(draft, t, dimension)]
    inner = _between(draft, group, dimension)
    if inner:
        stored = [value for value in draft.model.dimensions[dimension].order if value in (*stored, *inner)]
    values = tuple(_typed(draft, dimension, value) for value in dict.fromkeys(stored))
    if len(values) == 1:
        return Filter(dimension=dimension, op="ne" if group.negated else "eq", values=values)
    return Filter(dimension=dimension, op="not_in" if group.negated else "in", values=values)


def _between(draft: Draft, group: ValueGroup, dimension: str) -> list[str]:
    """周一到周五: the values that lie between two ends of a dimension with an order."""
    order = list(draft.model.dimensions[dimension].order)
    inner: list[str] = []
    for low, high in pairwise(group.tokens):
        joint = draft.text[low.end : high.start].strip()
        ends = [_stored(draft, t, dimension)[:1] for t in (low, high)]
        if joint in _TO and all(e and e[0] in order for e in ends):
            first, last = sorted((order.index(ends[0][0]), order.index(ends[1][0])))
            inner += order[first + 1 : last]
    return inner


_TO = ("到", "至", "-", "~", "--", "to", "through")


def _stored(draft: Draft, token: Token, dimension: str) -> list[str]:
    """The codes a word stands for: those this warehouse holds (女 may be stored as female, F or 女), else the first."""
    codes = [c.value or "" for c in token.of("value") if c.target == dimension]
    held = draft.values.get(dimension, ())
    return [code for code in codes if code in held] or codes[:1]


def _typed(draft: Draft, dimension: str, value: str) -> Scalar:
    kind = draft.model.dimensions[dimension].type
    if kind == "boolean":
        return value.lower() in ("true", "1", "yes")
    if kind == "integer" and value.lstrip("-").isdigit():
        return int(value)
    return value


def _number_filter(condition: NumberCondition) -> Filter:
    return Filter(dimension=condition.subject, op=condition.op, values=tuple(_plain(v) for v in condition.values))


def _plain(value: float) -> Scalar:
    return int(value) if float(value).is_integer() else value


def _person_condition(draft: Draft, clause: PersonClause, reach: Reach) -> PeopleCondition:
    metric = clause.metric or draft.role("purchase_orders") or ""
    filters = []
    for group in clause.groups:
        options = group_dimensions(draft, group)
        metric = _reaching(draft, reach, metric, options)
        near = min(options, key=lambda d: _rank(reach.distance(metric, d)))
        filters.append(_value_filter(draft, group, near))
    start, end = clause.window or draft.window or (None, draft.as_of)
    if start == date.min:
        start = None
    return PeopleCondition(
        metric=metric, op=clause.op, values=clause.values, filters=tuple(filters), start=start, end=end,
        negated=clause.negated,
    )  # fmt: skip


def _reaching(draft: Draft, reach: Reach, metric: str, dimensions: list[str]) -> str:
    """The metric itself, its finer twin, or the items bought: the first that can be filtered so."""
    finer = draft.metric(metric).finer
    for name in (metric, finer, draft.role("purchase_items")):
        if name and any(reach.distance(name, d) is not None for d in dimensions):
            return name
    return metric


def _rank(distance: int | None) -> int:
    return 99 if distance is None else distance


def _order(draft: Draft, linked: Linked, dimensions: tuple[str, ...]) -> Order | None:
    if draft.order_by is None or not (dimensions or draft.ranks_periods):
        return None
    by = linked.metrics[0]
    named = dict(linked.swapped).get(draft.order_by, draft.order_by)
    if named in linked.metrics:
        by = named
    turned = draft.judges and draft.metric(by).good_when == "down"
    if draft.order_change and draft.compare:
        suffix = "change" if draft.metric(by).unit == "rate" else "rate"
        by = f"{by.replace('@', '_')}__{draft.compare[0].kind}_{suffix}"
    return Order(by=by, descending=draft.descending != turned)


def _limit_within(draft: Draft, linked: Linked) -> tuple[str, ...]:
    if draft.limit_per_period and draft.grain:
        return ("period",)
    if draft.limit_per is None:
        return ()
    position = draft.breakdowns.index(draft.limit_per)
    return linked.breakdowns[position : position + 1] if len(linked.breakdowns) > 1 else ()
