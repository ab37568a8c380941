"""One fragment and the plan before it become the plan that is meant: part by part, on typed queries."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.planning.draft import ValueGroup
from app.planning.edits.fragment import Fragment, kept_token, soft_negation
from app.planning.edits.problems import NothingToDropError, UnresolvedError
from app.planning.linking import Linked, group_dimensions
from app.semantic.model import SemanticModel
from app.semantic.query import Filter, Having, PeopleCondition, Scalar, SegmentRef, SemanticQuery, Share

_MANY: int = SemanticQuery.model_fields["limit"].default
_POSITIVE, _NEGATIVE = ("eq", "in"), ("ne", "not_in")


@dataclass(frozen=True, slots=True)
class Kept:
    """What of the plan before may stay, decided before the fragment's words are linked."""

    dimensions: tuple[str, ...]
    filters: tuple[Filter, ...]
    metrics: tuple[str, ...]


def prepare(fragment: Fragment) -> Kept:
    """Decide what stays, and show it to the draft so that linking sees the whole plan."""
    kept = Kept(_kept_dimensions(fragment), _kept_filters(fragment), _metrics(fragment))
    draft = fragment.draft
    draft.metrics = list(kept.metrics)
    draft.breakdowns = [kept_token(draft, name) for name in kept.dimensions] + draft.breakdowns
    linked_anyway = {d for group in draft.groups for d in group_dimensions(draft, group)}
    held = [f.dimension for f in (*kept.filters, *_picked(fragment)) if f.dimension not in linked_anyway]
    draft.kept_dimensions = tuple(dict.fromkeys(held))
    return kept


def _metrics(fragment: Fragment) -> tuple[str, ...]:
    before = [m for m in fragment.query.metrics if m not in fragment.drops.metrics]
    if not fragment.metrics:
        return tuple(before)
    return tuple(dict.fromkeys([*before, *fragment.metrics] if fragment.adds else fragment.metrics))


def _kept_dimensions(fragment: Fragment) -> tuple[str, ...]:
    query, drops = fragment.query, fragment.drops
    if drops.collapse:
        return ()
    gone = set(drops.dimensions) | _no_longer_told_apart(fragment)
    if fragment.pick is not None and fragment.pick.one:
        gone |= set(fragment.pick.dimensions)
    said = [{c.target for c in t.of("dimension")} for t in fragment.draft.breakdowns]
    stays = fragment.deepens or (fragment.pick is not None and not fragment.pick.one)
    if said and not stays:
        return ()
    return tuple(d for d in query.dimensions if d not in gone and not any(d in names for names in said))


def _no_longer_told_apart(fragment: Fragment) -> set[str]:
    """抖音 and 天猫 were shown apart because there were two; with one left, the column says nothing."""
    gone = set()
    for group in fragment.draft.groups:
        for held in fragment.query.filters:
            if (
                held.op != "in"
                or held.dimension not in group_dimensions(fragment.draft, group)
                or fragment.adds
                or fragment.sets_against
            ):
                continue
            left = _values_left(group, held)
            if len(left) == 1:
                gone.add(held.dimension)
    return gone


def _values_left(group: ValueGroup, held: Filter) -> set[Scalar]:
    named = {c.value for t in group.tokens for c in t.of("value") if c.target == held.dimension}
    if not group.negated:
        return {t.text for t in group.tokens}
    return {v for v in held.values if str(v) not in named}


def _kept_filters(fragment: Fragment) -> tuple[Filter, ...]:
    draft, drops = fragment.draft, fragment.drops
    picked = {f.dimension for f in _picked(fragment)}
    named = {d for group in draft.groups for d in group_dimensions(draft, group)}
    split = {c.target for t in draft.breakdowns for c in t.of("dimension")} - named
    kept = []
    for held in fragment.query.filters:
        goes = held.dimension in drops.filters or held.dimension in picked
        goes = goes or (drops.conditions and held.op != "not_null")
        if not goes and held.op == "eq" and held.dimension in split:  # 抖音, then 各渠道: all of them are wanted
            label = draft.model.dimensions[held.dimension].label.in_(draft.language)
            draft.assume(f"改为看全部{label}", f"Now every {label.lower()}, not one of them")
            goes = True
        if not goes:
            kept.append(held)
    return tuple(kept)


def _picked(fragment: Fragment) -> tuple[Filter, ...]:
    return fragment.pick.filters if fragment.pick is not None else ()


def merge(fragment: Fragment, kept: Kept, option: Linked, said: SemanticQuery) -> SemanticQuery:
    """The edited plan. `said` is the fragment's draft assembled with `option`.

    Raises:
        ValueError: the parts contradict each other (pydantic's own messages).
        NothingToDropError: something is to go that is not there.
    """
    query, draft = fragment.query, fragment.draft
    filters, joined = _merged_filters(fragment, kept, said)
    dimensions = tuple(dict.fromkeys([*said.dimensions, *joined]))
    filters = _without_idle(filters, query, dimensions, draft.model)
    renamed = dict(option.swapped)
    rows = bool(dimensions or draft.grain)
    pinned = fragment.pick is not None
    having = () if pinned or not dimensions else _merged_having(query, said, renamed)
    return SemanticQuery(
        kind=_kind(fragment, said),
        metrics=said.metrics,
        dimensions=dimensions,
        filters=filters,
        people=_merged_people(fragment, said),
        segments=_merged_segments(fragment, said),
        start=said.start,
        end=said.end,
        grain=draft.grain,
        compare=fragment.compare,
        share=_share(fragment, said, filters, dimensions),
        having=having,
        **(_rank(fragment, said, dimensions, renamed) if rows else {}),
    )


def _kind(fragment: Fragment, said: SemanticQuery) -> str:
    draft = fragment.draft
    people = all(draft.metric(m).unit == "people" for m in said.metrics)
    stays = fragment.query.kind == "audience" and people and not fragment.metrics and not said.dimensions
    return "audience" if said.kind == "audience" or stays else "aggregate"


# filters -----------------------------------------------------------------------------------------------------------
def _merged_filters(fragment: Fragment, kept: Kept, said: SemanticQuery) -> tuple[tuple[Filter, ...], list[str]]:
    """All filters, and dimensions whose values are now told apart."""
    filters = [*kept.filters, *_picked(fragment)]
    joined: list[str] = []
    groups = fragment.draft.groups
    for group, new in zip(groups, said.filters, strict=False):
        held = [f for f in filters if f.dimension == new.dimension and f.op != "not_null"]
        filters = [f for f in filters if f.dimension != new.dimension]
        found = _merged_values(fragment, group, new, held)
        filters += found
        is_told_apart = fragment.adds or fragment.sets_against
        if is_told_apart and not group.negated and any(f.op == "in" for f in found) and not _is_total(fragment):
            joined.append(new.dimension)
    for new in said.filters[len(groups) :]:
        same = [f for f in filters if f.dimension == new.dimension]
        if new.op == "not_null":
            filters += [] if same else [new]
        else:
            filters = [f for f in filters if f not in same] + [new]
    return tuple(filters), joined


def _merged_values(fragment: Fragment, group: ValueGroup, new: Filter, held: list[Filter]) -> list[Filter]:
    positive = next((f for f in held if f.op in _POSITIVE), None)
    negative = next((f for f in held if f.op in _NEGATIVE), None)
    if not group.negated:
        if not (fragment.adds or fragment.sets_against):
            return [new]
        if negative is not None:
            return _listed(new.dimension, [v for v in negative.values if v not in new.values], negated=True)
        stays = [v for v in (positive.values if positive else ()) if str(v) not in fragment.replaced]
        return _listed(new.dimension, [*stays, *new.values])
    if positive is not None:
        left = [v for v in positive.values if v not in new.values]
        if len(left) == len(positive.values):
            raise NothingToDropError(group)
        if left or soft_negation(fragment.draft, group):
            return _listed(new.dimension, left)
        return [new]
    return _listed(new.dimension, [*(negative.values if negative else ()), *new.values], negated=True)


def _listed(dimension: str, values: Iterable[Scalar], *, negated: bool = False) -> list[Filter]:
    unique = tuple(dict.fromkeys(values))
    if not unique:
        return []
    one, many = ("ne", "not_in") if negated else ("eq", "in")
    return [Filter(dimension=dimension, op=one if len(unique) == 1 else many, values=unique)]


def _is_total(fragment: Fragment) -> bool:
    return any(t.op("total", "collapse") and not t.has("value") for t in fragment.draft.tokens)


def _without_idle(
    filters: tuple[Filter, ...], query: SemanticQuery, dimensions: tuple[str, ...], model: SemanticModel
) -> tuple[Filter, ...]:
    """Without the "is not empty" that a breakdown brought along and that went with it."""
    gone = {d for d in query.dimensions if d not in dimensions and model.dimensions[d].absent == "not_applicable"}
    return tuple(f for f in filters if not (f.op == "not_null" and f.dimension in gone))


# people ------------------------------------------------------------------------------------------------------------
def _narrows(fragment: Fragment) -> bool:
    """只看, 其中, 再加上: what is said comes on top of the people that were meant."""
    return fragment.adds or any(t.op("only", "every_other") for t in fragment.draft.tokens)


def _merged_segments(fragment: Fragment, said: SemanticQuery) -> tuple[SegmentRef, ...]:
    before = () if fragment.drops.conditions else fragment.query.segments
    named = {s.segment for s in said.segments}
    dropped = {s.segment for s in said.segments if s.negated and _holds(before, s) and _drops_segment(fragment)}
    new = tuple(s for s in said.segments if s.segment not in dropped)
    if new and not _narrows(fragment) and all(not s.negated for s in new):
        return new
    return (*(s for s in before if s.segment not in named), *new)


def _holds(before: tuple[SegmentRef, ...], asked: SegmentRef) -> bool:
    return any(s.segment == asked.segment and not s.negated for s in before)


def _drops_segment(fragment: Fragment) -> bool:
    return any(t.op("drop") and t.used_by == "segment" for t in fragment.draft.tokens)


def _merged_people(fragment: Fragment, said: SemanticQuery) -> tuple[PeopleCondition, ...]:
    before = () if fragment.drops.conditions else fragment.query.people
    if not said.people:
        return before
    if before and any(not person.filters and person.negated for person in said.people):
        raise UnresolvedError(
            "没听出没买过的是什么,请把商品和人一起说出来",
            "What was not bought? Say what, and whom to count, in one question",
        )
    return tuple(dict.fromkeys((*before, *said.people))) if _narrows(fragment) else said.people


# rows --------------------------------------------------------------------------------------------------------------
def _merged_having(query: SemanticQuery, said: SemanticQuery, renamed: dict[str, str]) -> tuple[Having, ...]:
    named = {h.metric for h in said.having}
    before = [h.model_copy(update={"metric": renamed.get(h.metric, h.metric)}) for h in query.having]
    return (*(h for h in before if h.metric not in named), *said.having)


def _share(
    fragment: Fragment, said: SemanticQuery, filters: tuple[Filter, ...], dimensions: tuple[str, ...]
) -> Share | None:
    before = None if fragment.drops.share or fragment.drops.collapse else fragment.query.share
    if not (said.share or before):
        return None
    if dimensions:
        within = tuple(d for d in (before.within if before else ()) if d in dimensions)
        return Share(within=within)
    whole = tuple(dict.fromkeys(f.dimension for f in filters if f.op in _POSITIVE))
    return Share(of_all=whole) if whole else None


def _rank(
    fragment: Fragment, said: SemanticQuery, dimensions: tuple[str, ...], renamed: dict[str, str]
) -> dict[str, object]:
    draft, query, drops = fragment.draft, fragment.query, fragment.drops
    if draft.order_by is not None:
        stays = draft.limit is None and query.limit != _MANY and bool(dimensions) and fragment.pick is None
        return {
            "order": said.order,
            "limit": query.limit if stays else said.limit,
            "limit_within": said.limit_within,
            "rest_as_other": said.rest_as_other or (stays and query.rest_as_other),
        }
    if drops.rank:
        return {}
    order = _kept_order(fragment, said, dimensions, renamed)
    if fragment.pick is not None or not dimensions:
        return {"order": order} if order is not None and dimensions else {}
    return {
        "order": order,
        "limit": query.limit,
        "limit_within": tuple(d for d in query.limit_within if d in dimensions),
        "rest_as_other": query.rest_as_other or fragment.rest_as_other,
    }


def _kept_order(
    fragment: Fragment, said: SemanticQuery, dimensions: tuple[str, ...], renamed: dict[str, str]
) -> object:
    """The order of before, by what stands in the same place now."""
    order = fragment.query.order
    if order is None:
        return None
    if order.by == "period" or order.by in fragment.draft.model.dimensions:
        fits = order.by in dimensions or (order.by == "period" and fragment.draft.grain is not None)
        return order if fits else None
    base, _, suffix = order.by.partition("__")
    before = next((m for m in fragment.query.metrics if m.replace("@", "_") == base or m == base), base)
    now = renamed.get(before, before)
    metric = now if now in said.metrics else said.metrics[0]
    if suffix and suffix != "share":
        kind = suffix.removesuffix("_rate").removesuffix("_change")
        held = any(c.kind == kind for c in fragment.compare)
        ending = "change" if fragment.draft.metric(metric).unit == "rate" else "rate"
        suffix = f"{kind}_{ending}" if held else ""
    elif suffix == "share" and fragment.drops.share:
        suffix = ""
    by = f"{metric.replace('@', '_')}__{suffix}" if suffix else metric
    return order.model_copy(update={"by": by})
