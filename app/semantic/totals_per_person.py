"""Conditions on what people did (has / has not), as sets of people. Conditions over the same rows share one scan.

"Bought A, not B" reads the item lines once: one group per person, one total per condition over the rows it looks at.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from app.core.errors import CorrectableError
from app.semantic import expressions as ex
from app.semantic.aggregates import aggregate, is_zero_when_empty
from app.semantic.conditions import compare_condition, filter_condition, holds_for_zero
from app.semantic.expansion import MetricUse, resolve_metric
from app.semantic.joins import no_people, path_to
from app.semantic.model import Dataset, Metric, SemanticModel
from app.semantic.query import PeopleCondition
from app.semantic.request import Request
from app.semantic.sources import Givens, Source, with_days
from app.semantic.windows import Window


@dataclass(frozen=True, slots=True)
class PeopleSet:
    """A set of people, and whether to be in it or out of it."""

    keys: exp.Select
    negated: bool


@dataclass(frozen=True, slots=True)
class _Total:
    """One condition: the people whose own total passes.

    Who has no row at all has 0, so "fewer than 3" is `complement`: outside of those with 3 or more.
    """

    condition: PeopleCondition
    use: MetricUse
    start: date | None
    stop: date | None

    @property
    def complement(self) -> bool:
        condition = self.condition
        return is_zero_when_empty(self.use) and holds_for_zero(condition.op, condition.values)

    @property
    def negated(self) -> bool:
        return self.condition.negated != self.complement

    @property
    def rows(self) -> object:
        """Equal for conditions that can read the same rows."""
        metric = self.use.metric
        return (metric.dataset, metric.time, metric.where, self.use.days, self.start, self.stop)

    def passes(self, source: Source, where: exp.Expr | None) -> exp.Expr:
        """Whether a person's rows put them in the set; not true for a person without rows under `where`."""
        metric = self.use.metric
        total = aggregate(metric, source.resolve(metric.expr) if metric.expr else None, where)
        passes = compare_condition(total, self.condition.op, self.condition.values)
        return ex.not_(passes) if self.complement else passes


def people_sets(request: Request, window: Window, literal: Givens) -> list[PeopleSet]:
    """The query's conditions on what people did. A person has to fit every set.

    Raises:
        CorrectableError: the metric of a condition is no plain sum or count.
        ImpossibleSplitError: its rows belong to nobody, or can't be filtered that way.
    """
    groups: dict[object, list[_Total]] = {}
    for condition in request.query.people:
        total = _total(request, condition, window)
        groups.setdefault(total.rows, []).append(total)
    return [_people_set(request, totals, literal) for totals in groups.values()]


def _total(request: Request, condition: PeopleCondition, window: Window) -> _Total:
    use = resolve_metric(request.model, condition.metric)
    if use.metric.type != "simple" or use.metric.inner is not None:
        raise CorrectableError(
            f"{use.metric.id!r} can't be a condition on people: it is not a plain sum or count",
            hint="use a simple metric such as a number of orders",
            metric=use.metric.id,
        )
    compare_condition(exp.null(), condition.op, condition.values)
    query = request.query
    # The asked window moves with a comparison; any other stays.
    if (condition.start, condition.end) == (query.start, query.end):
        return _Total(condition, use, window.start, window.stop)
    return _Total(condition, use, condition.start, condition.end + timedelta(days=1) if condition.end else None)


def _people_set(request: Request, totals: list[_Total], literal: Givens) -> PeopleSet:
    first, model = totals[0], request.model
    metric = first.use.metric
    dataset = model.datasets[metric.dataset or ""]
    if dataset.person is None:
        raise no_people(model, metric)
    given = with_days(literal, first.use.days)
    source = Source(model, dataset, givens=given, literal=given, tables=request.tables)
    person = source.field(dataset.person)
    conditions = [known(person)]
    role = metric.time or (dataset.time[0] if dataset.time else None)
    if role is not None:
        conditions += between(source, role, first.start, first.stop)
    if metric.where:
        conditions.append(source.resolve(metric.where))
    filters = [_filters(model, total, source) for total in totals]
    if len(totals) == 1:
        decided = _any_row(first, dataset)
        rows = conditions if filters[0] is None else [*conditions, filters[0]]
        return PeopleSet(keys_of(source, person, rows, None if decided else first.passes(source, None)), first.negated)
    if (looked_at := _any_of(filters)) is not None:
        conditions.append(looked_at)
    passing = [_passes(total, dataset, source, where) for total, where in zip(totals, filters, strict=True)]
    inside = [passes for total, passes in zip(totals, passing, strict=True) if not total.negated]
    outside = [passes for total, passes in zip(totals, passing, strict=True) if total.negated]
    if not inside:  # in none of them: outside of their union
        having = _joined(exp.Or, outside)
        return PeopleSet(keys_of(source, person, conditions, having), negated=True)
    having = _joined(exp.And, [*inside, *map(_not_true, outside)])
    return PeopleSet(keys_of(source, person, conditions, having), negated=False)


def _passes(total: _Total, dataset: Dataset, source: Source, where: exp.Expr | None) -> exp.Expr:
    if not _any_row(total, dataset):
        return total.passes(source, where.copy() if where is not None else None)
    row: exp.Expr = exp.Literal.number(1)
    counted = exp.Case(ifs=[exp.If(this=where.copy(), true=row)]) if where is not None else exp.Star()
    return exp.GT(this=exp.Count(this=counted), expression=ex.number(0))


def _filters(model: SemanticModel, total: _Total, source: Source) -> exp.Expr | None:
    parts = []
    for item in total.condition.filters:
        path = path_to(model, total.use, item.dimension)
        this = source.resolve(path.expression, source.walk(path.relationships))
        parts.append(filter_condition(this, model.dimensions[item.dimension], item))
    return ex.and_(parts)


def _any_of(filters: Iterable[exp.Expr | None]) -> exp.Expr | None:
    """Rows that some condition looks at; None = all of them."""
    present = [condition.copy() for condition in filters if condition is not None]
    return None if len(present) < len(list(filters)) else _joined(exp.Or, present)


def _joined(kind: type[exp.Connector], conditions: list[exp.Expr]) -> exp.Expr:
    """The conditions under one connector, each kept apart by parentheses where it has connectors of its own."""
    parts = [exp.paren(part, copy=False) if isinstance(part, exp.Connector) else part for part in conditions]
    result = parts[0]
    for part in parts[1:]:
        result = kind(this=result, expression=part)
    return exp.paren(result, copy=False) if kind is exp.Or and len(parts) > 1 else result


def _not_true(condition: exp.Expr) -> exp.Expr:
    """False or unknown. `NOT` alone would be unknown where a person has no row of the kind."""
    chosen = exp.Case(ifs=[exp.If(this=condition, true=ex.number(1))], default=ex.number(0))
    return exp.EQ(this=chosen, expression=ex.number(0))


def _any_row(total: _Total, dataset: Dataset) -> bool:
    """Whether having any row decides it, so that nothing needs to be counted."""
    metric, asked = total.use.metric, (total.condition.op, total.condition.values)
    if not _counts_rows(metric, dataset):
        return False
    if total.complement:
        return asked in (("lt", (1,)), ("le", (0,)), ("eq", (0,)))
    return asked in (("ge", (1,)), ("gt", (0,)))


def _counts_rows(metric: Metric, dataset: Dataset) -> bool:
    # Part of a key is never NULL, so one row is enough for a distinct count of 1.
    is_key = metric.agg == "count_distinct" and metric.expr in dataset.key
    return is_key or (metric.agg == "count" and metric.expr is None)


def known(person: exp.Expr) -> exp.Expr:
    """The row belongs to somebody."""
    return exp.Not(this=exp.Is(this=person.copy(), expression=exp.null()))


def between(source: Source, role: str, start: date | None, stop: date | None) -> list[exp.Expr]:
    """The time role inside a half-open window."""
    time = source.resolve(role)
    conditions: list[exp.Expr] = []
    if start is not None:
        conditions.append(exp.GTE(this=time, expression=ex.date_literal(start)))
    if stop is not None:
        conditions.append(exp.LT(this=time.copy(), expression=ex.date_literal(stop)))
    return conditions


def keys_of(source: Source, person: exp.Expr, conditions: list[exp.Expr], having: exp.Expr | None) -> exp.Select:
    """The distinct people of the rows, or of the groups that pass `having`."""
    select = source.select([ex.aliased(person, "person")], conditions)
    if having is None:
        return select.distinct(copy=False)
    select.set("group", exp.Group(expressions=[person.copy()]))
    select.set("having", exp.Having(this=having))
    return select
