"""A fragment read against the plan before it: the same shapes as a whole question, and what only an edit can say."""

from collections.abc import Callable, Sequence
from datetime import date

from app.planning.calendar import PromoCalendar
from app.planning.context import Previous
from app.planning.draft import Draft, NumberCondition
from app.planning.edits.drops import read_drops
from app.planning.edits.fragment import Fragment, Mode
from app.planning.edits.problems import UnresolvedError
from app.planning.edits.rows import pick, read_pick, rows_of
from app.planning.edits.spans import range_of
from app.planning.edits.times import read_times
from app.planning.lattice import Token
from app.planning.lexicon import Candidate
from app.planning.shapes.implied import infer_metric
from app.planning.shapes.quantities import read_quantity
from app.semantic.query import Filter, SemanticQuery

Shape = Callable[[Draft], None]
_MANY: int = SemanticQuery.model_fields["limit"].default
_ANYWHERE = ("switch", "carry", "add", "more")
_UNITS = ("unit_orders", "unit_money", "unit_items")


def read_fragment(
    draft: Draft, previous: Previous, shapes: Sequence[Shape], calendar: PromoCalendar, first_day: date,
    *, mode: Mode,
) -> Fragment:  # fmt: skip
    """Explain `draft` as an edit of `previous`.

    Raises:
        UnresolvedError: it points at a row that can't be told.
        WindowError: it names a time that the calendar does not know.
    """
    fragment = Fragment(draft, previous.query)
    fragment.pick = read_pick(draft, previous)
    fragment.drops = read_drops(draft, previous.query)
    _read_additions(fragment)
    _read_replaced(fragment, previous, calendar)
    _read_new_split(draft, previous.query)
    for shape in shapes:
        if shape is infer_metric:
            _read_own_metrics(fragment)
        else:
            shape(draft)
    _read_having_one(draft)
    _read_bare_numbers(fragment)
    if mode.rows is not None:
        _take_rows(fragment, previous, mode)
    read_times(fragment, previous, calendar, first_day, same_days=mode.same_days)
    _prefer_known_dimensions(fragment)
    _read_set_against(fragment)
    _read_rest(fragment)
    for token in draft.free():
        if token.op(*_ANYWHERE) and not token.is_business and token.kind == "word":
            token.use("edit", "mark")
    return fragment


def _read_additions(fragment: Fragment) -> None:
    draft = fragment.draft
    for token in draft.free():
        if token.is_business or token.kind != "word":
            continue
        fragment.adds = fragment.adds or (token.op("add") and not _joins_own_words(draft, token))
        fragment.deepens = fragment.deepens or token.op("more", "add")


def _read_replaced(fragment: Fragment, previous: Previous, calendar: PromoCalendar) -> None:
    """把抖音换成天猫, 把销售额换成订单数, 9月改成8月: what stands before the mark gives way to what stands behind."""
    draft, query = fragment.draft, fragment.query
    switch = next((t for t in draft.free() if t.op("switch") and not t.is_business), None)
    if switch is None or not any(_says_part(t) for t in draft.tokens[draft.index(switch) + 1 :]):
        return
    before = range_of(previous, draft.as_of, calendar)
    for token in [t for t in draft.tokens[: draft.index(switch)] if _says_part(t) and not t.used_by]:
        metrics = {m for m in query.metrics if token.has("metric", m.split("@")[0])}
        dimensions = {d for d in query.dimensions if token.has("dimension", d)}
        values = {
            str(v) for f in query.filters for v in f.values
            if f.op in ("eq", "in") and any(c.target == f.dimension and c.value == v for c in token.of("value"))
        }  # fmt: skip
        same_time = token.kind == "time" and (token.payload.start, token.payload.end) == (before.start, before.end)
        if not (
            metrics or dimensions or values or same_time or (token.kind == "grain" and token.payload == query.grain)
        ):
            raise UnresolvedError(
                f"上一问没有包含“{token.text}”", f"The question before did not include “{token.text}”"
            )
        token.use("edit", "replaced")
        fragment.drops.metrics |= metrics
        fragment.drops.dimensions |= dimensions if not values else set()
        fragment.replaced |= values
        fragment.adds = fragment.adds or bool(metrics or values)
        fragment.deepens = fragment.deepens or bool(dimensions)


def _says_part(token: Token) -> bool:
    return token.is_business or token.kind in ("time", "grain", "compare")


def _read_new_split(draft: Draft, query: SemanticQuery) -> None:
    """换成门店 after 各渠道 names another split, although 门店 is a value as well."""
    filtered = {f.dimension for f in query.filters}
    for token in draft.free():
        right = draft.neighbour(token, 1) if token.op("switch") and query.dimensions else None
        if right is not None and right.has("dimension") and not filtered & {c.target for c in right.of("value")}:
            token.candidates = (*token.candidates, Candidate("operator", "each"))


def _joins_own_words(draft: Draft, token: Token) -> bool:
    """订单数还有客单价 lists two of its own; 也 in front of 是 adds nothing."""
    left, right = draft.neighbour(token, -1), draft.neighbour(token, 1)
    return token.is_filler and left is not None and right is not None and left.is_business and right.is_business


def _read_own_metrics(fragment: Fragment) -> None:
    """Metric words, or a count that names what is counted; else the metrics of the plan before stay."""
    draft, before = fragment.draft, list(fragment.query.metrics)
    named = tuple(draft.metrics)
    if not named and _asks_a_count(draft):
        infer_metric(draft)
        fragment.metrics, fragment.implied = tuple(draft.metrics) or _counted_people(draft, before), True
        draft.metrics = list(fragment.metrics)
    elif named:
        infer_metric(draft)
        fragment.metrics = tuple(draft.metrics)
    if not draft.metrics:
        draft.metrics = before
        people = all(draft.metric(m).unit == "people" for m in before)
        draft.wants_people = people and not draft.breakdowns and any(t.op("list_people") for t in draft.free())


def _counted_people(draft: Draft, before: list[str]) -> tuple[str, ...]:
    """有多少人 alone: the people that the plan before counts, or those who bought what it sums up."""
    buyers = draft.role("buyers")
    if all(draft.metric(m).unit == "people" for m in before):
        return tuple(before)
    if buyers and all(_home(draft, m) == _home(draft, buyers) for m in before):
        return (buyers,)
    return ()


def _home(draft: Draft, metric: str) -> str | None:
    entry = draft.metric(metric)
    return entry.dataset or (draft.metric(entry.numerator).dataset if entry.numerator else None)


def _asks_a_count(draft: Draft) -> bool:
    """多少人, 多少单, how many buyers: a question word with what is counted."""
    for token in draft.free():
        if token.op("count_people") or token.text == "多少钱":
            return True
        if token.text in ("多少", "几", "有多少", "how many"):
            right = draft.neighbour(token, 1)
            if right is not None and right.op("people", *_UNITS):
                return True
    return False


def _read_set_against(fragment: Fragment) -> None:
    """跟京东比, after 抖音: two values of one dimension beside each other."""
    draft = fragment.draft
    held = {f.dimension for f in fragment.query.filters if f.op in ("eq", "in")}
    said = {c.target for g in draft.groups if not g.negated for t in g.tokens for c in t.of("value")}
    for token in draft.free():
        if token.op("vs") and not token.is_filler and token.kind == "word" and held & said:
            fragment.sets_against = True
            token.use("edit", "beside")


def _read_rest(fragment: Fragment) -> None:
    """其余算其他 after 前五名: the limit that was said before."""
    if fragment.query.limit >= _MANY or fragment.drops.rank:
        return
    for token in fragment.draft.free():
        if token.op("rest") and not token.is_business:
            fragment.rest_as_other = True
            token.use("edit", "rest")


def _read_having_one(draft: Draft) -> None:
    """只要直播间的: those that have one, not a split by it."""
    for token in list(draft.breakdowns):
        left = draft.neighbour(token, -1)
        names = [c.target for c in token.of("dimension")]
        optional = [n for n in names if draft.model.dimensions[n].absent == "not_applicable"]
        if left is not None and left.op("only") and optional:
            draft.breakdowns.remove(token)
            draft.fixed.append(Filter(dimension=optional[0], op="not_null"))
            token.use("filter", optional[0])


def _read_bare_numbers(fragment: Fragment) -> None:
    """只要超过 10 万的: a number without a subject speaks of the metric that the rows show."""
    draft = fragment.draft
    if not (fragment.query.dimensions or fragment.query.grain or draft.breakdowns):
        return
    metric = draft.metric(draft.metrics[0])
    units = {"purchase_amount": "CNY", "purchase_items": "items", "purchase_orders": "orders"}
    for number in [t for t in draft.free() if t.kind == "number"]:
        quantity = read_quantity(draft, number)
        unit = units.get(quantity.unit_role or "")
        if quantity.op is None or (unit is not None and unit != metric.unit):
            continue
        for token in quantity.tokens:
            token.use("number", draft.metrics[0])
        percent = number.target != "percent" and metric.unit == "rate" and max(quantity.values) > 1
        values = tuple(v / 100 for v in quantity.values) if percent else quantity.values
        draft.having.append(NumberCondition(draft.metrics[0], True, quantity.op, values))


def _take_rows(fragment: Fragment, previous: Previous, mode: Mode) -> None:
    draft = fragment.draft
    fragment.pick = pick(previous, rows_of(previous)[: mode.rows], one=fragment.drops.collapse)
    draft.limit, draft.rest_as_other = None, False
    if not mode.keeps_order:
        draft.order_by = None


def _prefer_known_dimensions(fragment: Fragment) -> None:
    """天猫 after a filter on the registering channel is a registering channel too; the same for a breakdown."""
    query = fragment.query
    filtered = [f.dimension for f in query.filters]
    for group in fragment.draft.groups:
        if group.named is None:
            for token in group.tokens:
                _narrow(token, "value", (filtered, list(query.dimensions)))
    for token in fragment.draft.breakdowns:
        _narrow(token, "dimension", (list(query.dimensions), filtered))


def _narrow(token: Token, kind: str, known: tuple[list[str], list[str]]) -> None:
    options = {c.target for c in token.candidates if c.kind == kind}
    for names in known:
        shared = options & set(names)
        if shared:
            token.candidates = tuple(c for c in token.candidates if c.kind != kind or c.target in shared)
            return
