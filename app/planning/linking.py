"""Schema and value linking: which dimension each word means, given the metrics that are asked.

A word may name several dimensions (城市 = store city or member city; 抖音 = selling or registering channel). The
metrics decide: only dimensions they can reach count, nearer ones first; equally near ones are separate readings.
"""

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from app.planning.draft import Draft, PersonClause, ValueGroup
from app.planning.lattice import Token, is_member_noun
from app.semantic.model import SemanticModel
from app.semantic.query import split_metric_name

_MAX_READINGS = 4
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


@dataclass(frozen=True, slots=True)
class Linked:
    """One consistent assignment: metrics (finer twins swapped in), breakdown dimensions, one dimension per group."""

    metrics: tuple[str, ...]
    breakdowns: tuple[str, ...]
    groups: tuple[str, ...]
    swapped: tuple[tuple[str, str], ...] = ()
    """(metric asked, finer metric used)."""


@dataclass(frozen=True, slots=True)
class Unlinkable:
    """A word that no asked metric can be split or filtered by."""

    token: Token
    dimensions: tuple[str, ...]


class Reach:
    """How many joins lie between a metric's data and a dimension. Cached per model."""

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self._hops: dict[str, dict[str, int]] = {}
        self._leaves: dict[str, set[str]] = {}

    def distance(self, metric: str, dimension: str) -> int | None:
        """Joins from the farthest leaf of `metric` to `dimension`; None if one leaf can't reach it."""
        distances = [self._from_dataset(dataset, dimension) for dataset in self.leaf_datasets(metric)]
        return None if not distances or None in distances else max(d for d in distances if d is not None)

    def leaf_datasets(self, metric: str) -> set[str]:
        """The datasets of a metric's leaves."""
        name = split_metric_name(metric)[0]
        if name not in self._leaves:
            self._leaves[name] = self._leaf_datasets(name)
        return self._leaves[name]

    def _leaf_datasets(self, metric: str) -> set[str]:
        entry = self.model.metrics[metric]
        if entry.type == "simple":
            return {entry.dataset} if entry.dataset else set()
        if entry.type == "ratio":
            parts: Iterable[str] = [p for p in (entry.numerator, entry.denominator) if p]
        else:
            parts = [name for name in self.model.metrics if _mentions(entry.formula or "", name)]
        return set().union(*(self.leaf_datasets(part) for part in parts))

    def _from_dataset(self, dataset: str, dimension: str) -> int | None:
        targets = self.model.dimensions[dimension].on
        if dataset not in self._hops:
            self._hops[dataset] = self._walk(dataset)
        hops = self._hops[dataset]
        if dataset in targets:  # the compiler takes a direct expression before any path
            return _joins_in(targets[dataset])
        return min((hops[home] + _joins_in(targets[home]) for home in targets if home in hops), default=None)

    def _walk(self, start: str) -> dict[str, int]:
        hops, queue = {start: 0}, deque([start])
        while queue:
            here = queue.popleft()
            for relationship in self.model.datasets[here].relationships.values():
                if relationship.implicit and relationship.to not in hops:
                    hops[relationship.to] = hops[here] + 1
                    queue.append(relationship.to)
        return hops


def _joins_in(expression: str) -> int:
    """Joins that an expression walks itself: `store.city` one, `paid_order.store.city` two."""
    return max((len(path.split(".")) - 1 for path in _PATH.findall(expression)), default=0)


def _mentions(formula: str, name: str) -> bool:
    words = "".join(c if c.isalnum() or c in "_@" else " " for c in formula).split()
    return any(split_metric_name(word)[0] == name for word in words)


def link(draft: Draft, reach: Reach) -> list[Linked] | Unlinkable:
    """All equally good assignments, or the first word that cannot be linked."""
    _clause_to_filter(draft)
    _split_once(draft)
    _drop_said_twice(draft, reach)
    _tags_to_people(draft, reach)
    metrics, swapped = _swap_finer(draft, reach)
    for kept in draft.kept_dimensions:
        if not _nearest(reach, metrics, [kept]):
            label = draft.model.dimensions[kept].label.in_(draft.language)
            return Unlinkable(Token(0, 0, label, used_by="kept"), (kept,))
    choices: list[list[str]] = []
    for token, wanted in _mentions_of(draft):
        best = _nearest(reach, metrics, wanted)
        if not best:
            return Unlinkable(token, tuple(wanted))
        choices.append(_prefer_context(draft, token, _same_data_once(draft, reach, metrics, best)))
    count = len(draft.breakdowns)
    found = []
    for combination in product(*choices):
        linked = Linked(tuple(metrics), tuple(dict.fromkeys(combination[:count])), tuple(combination[count:]), swapped)
        if _is_coherent(draft, linked) and linked not in found:
            found.append(linked)
    return (found or [Linked(tuple(metrics), (), (), swapped)])[:_MAX_READINGS]


def _split_once(draft: Draft) -> None:
    """哪些省的,一个省多少人: the same word said twice splits once."""
    kept: list[Token] = []
    for token in draft.breakdowns:
        meant = {c.target for c in token.of("dimension")}
        twin = next(
            (k for k in kept if k.text.endswith(token.text) and meant & {c.target for c in k.of("dimension")}), None
        )
        if twin is None:
            kept.append(token)
        elif len(meant) > len(twin.of("dimension")):
            kept[kept.index(twin)] = token  # the wider word lets what stands beside it decide
    draft.breakdowns = kept


def _drop_said_twice(draft: Draft, reach: Reach) -> None:
    """会员 beside a metric that counts members already says nothing new."""
    members = draft.role("members")
    home = draft.metric(members).dataset if members else None
    for group in list(draft.groups):
        if group.negated:
            continue
        is_member_word = all(is_member_noun(t) for t in group.tokens)
        if is_member_word and all(reach.leaf_datasets(m) == {home} for m in draft.metrics):
            draft.groups.remove(group)
        elif group.named is None and all(_in_name(draft, t, m) for t in group.tokens for m in draft.metrics):
            draft.groups.remove(group)  # 企微九月加了多少好友: 企微 is part of the metric's own name
        elif _says_new(group) and all(draft.is_of_cohort(m) for m in draft.metrics):
            draft.groups.remove(group)  # cohorts are made of new customers


def _tags_to_people(draft: Draft, reach: Reach) -> None:
    """A tag belongs to a person, not to an order: 敏感肌会员的销售额 picks people first."""
    tagged = draft.role("tagged")
    if tagged is None:
        return
    moved = [g for g in draft.groups if not _reaches_any(reach, draft, g) and all(
        reach.distance(tagged, d) is not None for d in group_dimensions(draft, g))]  # fmt: skip
    if moved:
        draft.groups = [g for g in draft.groups if g not in moved]
        clause = PersonClause(negated=False, groups=moved, metric=tagged, window=(date.min, draft.as_of))
        draft.people.append(clause)


def _reaches_any(reach: Reach, draft: Draft, group: ValueGroup) -> bool:
    return any(all(reach.distance(m, d) is not None for m in draft.metrics) for d in group_dimensions(draft, group))


def _clause_to_filter(draft: Draft) -> None:
    """各渠道有多少人买了面霜: split up, what they bought must be bought in that very group, so it filters the rows."""
    if len(draft.people) != 1 or not (draft.breakdowns or draft.grain):
        return
    clause = draft.people[0]
    plain = not clause.negated and clause.metric is None and clause.window is None and clause.groups
    if plain and set(draft.metrics) <= {draft.role("buyers"), draft.role("member_buyers")}:
        draft.groups += clause.groups
        draft.people = []


def _in_name(draft: Draft, token: Token, metric: str) -> bool:
    said = {token.text.lower()}
    for candidate in token.of("value"):
        label = draft.model.dimensions[candidate.target].values.get(candidate.value or "")
        said |= {name.lower() for name in label.all} if label else set()
    return any(word in label.lower() for word in said for label in draft.metric(metric).label.all)


def _says_new(group: ValueGroup) -> bool:
    return all(any(c.value == "new" and c.kind == "value" for c in t.candidates) for t in group.tokens)


def _mentions_of(draft: Draft) -> list[tuple[Token, list[str]]]:
    breakdowns = [(t, [c.target for c in t.of("dimension")]) for t in draft.breakdowns]
    return breakdowns + [(g.tokens[0], group_dimensions(draft, g)) for g in draft.groups]


def group_dimensions(draft: Draft, group: ValueGroup) -> list[str]:
    """The dimensions that hold every value of the group; the named one alone, if it was named."""
    common = list(dict.fromkeys(
        c.target for c in group.tokens[0].of("value")
        if all(any(o.target == c.target for o in t.of("value")) for t in group.tokens)
    ))  # fmt: skip
    if group.named is not None:
        named = [d for d in common if group.named.has("dimension", d)]
        return named or common
    return [d for d in common if not draft.model.dimensions[d].yields] or common


def _nearest(reach: Reach, metrics: Sequence[str], dimensions: Iterable[str]) -> list[str]:
    scored: dict[str, int] = {}
    for dimension in dimensions:
        distances = [reach.distance(metric, dimension) for metric in metrics]
        if distances and None not in distances:
            scored[dimension] = max(d for d in distances if d is not None)
    nearest = min(scored.values(), default=0)
    return [dimension for dimension, distance in scored.items() if distance == nearest]


def _swap_finer(draft: Draft, reach: Reach) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    """Replace metrics whose data is too coarse for what was asked by their finer twin, if that one reaches."""
    wanted = [dimensions for _, dimensions in _mentions_of(draft)] + [[kept] for kept in draft.kept_dimensions]
    metrics, swapped = [], []
    for metric in draft.metrics:
        finer = draft.metric(metric).finer
        if finer and not _reaches_all(reach, metric, wanted) and _reaches_all(reach, finer, wanted):
            swapped.append((metric, finer))
            metric = finer
        if metric not in metrics:
            metrics.append(metric)
    return metrics, tuple(swapped)


def _same_data_once(draft: Draft, reach: Reach, metrics: Sequence[str], dimensions: list[str]) -> list[str]:
    """千川 as a medium or as the channel of spend is the same column: one reading, by the narrower dimension."""
    homes = set().union(*(reach.leaf_datasets(m) for m in metrics))
    kept: dict[tuple[str | None, ...], str] = {}
    for dimension in dimensions:
        on = draft.model.dimensions[dimension].on
        data = tuple(on.get(home) for home in sorted(homes))
        key = data if None not in data else (dimension,)
        if key not in kept or len(on) < len(draft.model.dimensions[kept[key]].on):
            kept[key] = dimension
    return list(kept.values())


def _reaches_all(reach: Reach, metric: str, wanted: Iterable[Sequence[str]]) -> bool:
    return all(any(reach.distance(metric, d) is not None for d in dimensions) for dimensions in wanted)


def _prefer_context(draft: Draft, token: Token, dimensions: list[str]) -> list[str]:
    """上海门店 / 上海会员: the noun behind the word says whose city is meant."""
    if len(dimensions) < 2:
        return dimensions
    last = next((g.tokens[-1] for g in draft.groups if token in g.tokens), token)
    right, left = draft.neighbour(last, 1), draft.neighbour(token, -1)
    near = " ".join(t.text for t in (right, left) if t is not None)
    for text, words, prefix in (
        (near, ("门店", "店", "门市", "专柜", "直营", "加盟", "store", "shop"), "store"),
        (near, ("会员", "用户", "客户", "member", "customer"), "member"),
        (draft.text, ("门店", "线下店", "店里", "门市", "专柜", "store", "shop"), "store"),
        (draft.text, ("会员", "member"), "member"),
    ):
        preferred = [d for d in dimensions if prefix in d]
        if preferred and any(word in text for word in words):
            return preferred
    return dimensions


def _is_coherent(draft: Draft, linked: Linked) -> bool:
    """A value and a breakdown that share a candidate dimension must be given the same one (各城市…上海)."""
    count = len(draft.breakdowns)
    for position, group in enumerate(draft.groups):
        shared = set(group_dimensions(draft, group))
        for b_index in range(count):
            options = {c.target for c in draft.breakdowns[b_index].of("dimension")}
            chosen = linked.breakdowns[b_index] if b_index < len(linked.breakdowns) else None
            if (
                chosen
                and shared & options
                and chosen in shared
                and linked.groups[position] in options
                and linked.groups[position] != chosen
            ):
                return False
    return True
