"""Conditions on people (has / has not, segments) as semi-joins on the person: never as a join that multiplies."""

from datetime import date, timedelta

from sqlglot import exp

from app.core.errors import CorrectableError
from app.semantic import expressions as ex
from app.semantic.aggregates import aggregate, is_zero_when_empty
from app.semantic.conditions import compare_condition, filter_condition, holds_for_zero
from app.semantic.expansion import MetricUse, resolve_metric, unknown
from app.semantic.joins import no_people, path_to
from app.semantic.model import Dataset, Metric, Segment
from app.semantic.query import PeopleCondition, SegmentRef
from app.semantic.request import Request
from app.semantic.sources import Given, Givens, Source
from app.semantic.windows import Window


def people_conditions(
    request: Request, metric: Metric, source: Source, window: Window, literal: Givens
) -> list[exp.Expr]:
    """The query's conditions on people, put to the rows of `source`.

    Rows without a person pass none of them, negated or not.

    Raises:
        ImpossibleSplitError: the rows belong to nobody.
        UnknownNameError: a metric, dimension or segment that does not exist.
    """
    query = request.query
    if not query.people and not query.segments:
        return []
    if source.root.dataset.person is None:
        raise no_people(request.model, metric)
    builder = _People(request, window, literal)
    person = source.field(source.root.dataset.person)
    conditions = [builder.has(person.copy(), condition) for condition in query.people]
    conditions += [builder.member_of(person.copy(), reference, source) for reference in query.segments]
    return conditions


def _in(person: exp.Expr, keys: exp.Select, *, negated: bool) -> exp.Expr:
    inside = exp.In(this=person, query=exp.Subquery(this=keys))
    if not negated:
        return inside
    known = exp.Not(this=exp.Is(this=person.copy(), expression=exp.null()))
    return exp.And(this=known, expression=exp.Not(this=inside))


class _People:
    def __init__(self, request: Request, window: Window, literal: Givens) -> None:
        self.request, self.window, self.literal = request, window, literal

    def has(self, person: exp.Expr, condition: PeopleCondition) -> exp.Expr:
        """People whose own total passes. Who has no row at all has 0, so "fewer than 3" is "not (3 or more)"."""
        use = resolve_metric(self.request.model, condition.metric)
        if use.metric.type != "simple" or use.metric.inner is not None:
            raise CorrectableError(
                f"{use.metric.id!r} can't be a condition on people: it is not a plain sum or count",
                hint="use a simple metric such as a number of orders",
                metric=use.metric.id,
            )
        compare_condition(exp.null(), condition.op, condition.values)
        complement = is_zero_when_empty(use) and holds_for_zero(condition.op, condition.values)
        keys = self._people_with(use, condition, complement=complement)
        return _in(person, keys, negated=condition.negated != complement)

    def _people_with(self, use: MetricUse, condition: PeopleCondition, *, complement: bool) -> exp.Select:
        metric, model = use.metric, self.request.model
        dataset = model.datasets[metric.dataset or ""]
        if dataset.person is None:
            raise no_people(model, metric)
        literal = self._with_days(use.days)
        source = Source(model, dataset, givens=literal, literal=literal, tables=self.request.tables)
        person = source.field(dataset.person)
        conditions: list[exp.Expr] = [exp.Not(this=exp.Is(this=person.copy(), expression=exp.null()))]
        role = metric.time or (dataset.time[0] if dataset.time else None)
        start, end = self._condition_window(condition)
        if role is not None:
            conditions += _between(source, role, start, end)
        for item in condition.filters:
            path = path_to(model, use, item.dimension)
            this = source.resolve(path.expression, source.walk(path.relationships))
            conditions.append(filter_condition(this, model.dimensions[item.dimension], item))
        if metric.where:
            conditions.append(source.resolve(metric.where))
        total = aggregate(metric, source.resolve(metric.expr) if metric.expr else None, None)
        passes = compare_condition(total, condition.op, condition.values)
        if complement:
            passes = ex.not_(passes)
        decided = _any_row(metric, dataset, condition, complement)
        return _keys(source, person, conditions, None if decided else passes)

    def _condition_window(self, condition: PeopleCondition) -> tuple[date | None, date | None]:
        """The condition's own window; the asked window moves with a comparison, any other stays."""
        query = self.request.query
        if (condition.start, condition.end) == (query.start, query.end):
            return self.window.start, self.window.stop
        return condition.start, condition.end + timedelta(days=1) if condition.end else None

    def member_of(self, person: exp.Expr, reference: SegmentRef, source: Source) -> exp.Expr:
        """People of a segment, put to the rows of `source`."""
        model = self.request.model
        segment = model.segments.get(reference.segment)
        if segment is None:
            raise unknown("segment", reference.segment, model)
        own = source.root.dataset
        if segment.dataset == own.id and own.key == (own.person,) and not (reference.negated or segment.having):
            # The rows asked about are the people the segment looks at: no need to read them a second time.
            conditions = self._segment_conditions(segment, source, person, reference.days)
            return ex.and_(conditions) or exp.true()
        return _in(person, self._segment_keys(segment, reference.days), negated=reference.negated)

    def _segment_keys(self, segment: Segment, days: int | None) -> exp.Select:
        model = self.request.model
        dataset = model.datasets[segment.dataset]
        literal = self._segment_givens(segment, days)
        source = Source(model, dataset, givens=literal, literal=literal, tables=self.request.tables)
        person = source.field(dataset.person or "")
        conditions = self._segment_conditions(segment, source, person, days)
        return _keys(source, person, conditions, source.resolve(segment.having) if segment.having else None)

    def _segment_conditions(
        self, segment: Segment, source: Source, person: exp.Expr, days: int | None
    ) -> list[exp.Expr]:
        conditions: list[exp.Expr] = [exp.Not(this=exp.Is(this=person.copy(), expression=exp.null()))]
        if segment.time:
            conditions += _between(source, segment.time, self.window.start, self.window.stop)
        if segment.where:
            conditions.append(source.resolve(segment.where, givens=self._segment_givens(segment, days)))
        return conditions

    def _segment_givens(self, segment: Segment, days: int | None) -> Givens:
        return self._with_days(days if days is not None else segment.days)

    def _with_days(self, days: int | None) -> Givens:
        if days is None:
            return self.literal
        given: Given = lambda _: exp.Literal.number(days)  # noqa: E731 - a typed one-liner
        return {**self.literal, "days": given}


def _between(source: Source, role: str, start: date | None, stop: date | None) -> list[exp.Expr]:
    time = source.resolve(role)
    conditions: list[exp.Expr] = []
    if start is not None:
        conditions.append(exp.GTE(this=time, expression=ex.date_literal(start)))
    if stop is not None:
        conditions.append(exp.LT(this=time.copy(), expression=ex.date_literal(stop)))
    return conditions


def _any_row(metric: Metric, dataset: Dataset, condition: PeopleCondition, complement: bool) -> bool:
    """Whether having any row decides it, so that nothing needs to be counted."""
    counts_rows = metric.agg == "count" and metric.expr is None
    # Part of a key is never NULL, so one row is enough for a distinct count of 1.
    counts_rows = counts_rows or (metric.agg == "count_distinct" and metric.expr in dataset.key)
    if complement:
        return counts_rows and (condition.op, condition.values) in ((("lt"), (1,)), ("le", (0,)), ("eq", (0,)))
    return counts_rows and (condition.op, condition.values) in (("ge", (1,)), ("gt", (0,)))


def _keys(source: Source, person: exp.Expr, conditions: list[exp.Expr], having: exp.Expr | None) -> exp.Select:
    select = source.select([ex.aliased(person, "person")], conditions)
    if having is None:
        return select.distinct(copy=False)
    select.set("group", exp.Group(expressions=[person.copy()]))
    select.set("having", exp.Having(this=having))
    return select
