"""Conditions on people (has / has not, segments) as semi-joins on the person: never as a join that multiplies."""

from sqlglot import exp

from app.semantic import expressions as ex
from app.semantic.expansion import unknown
from app.semantic.joins import no_people
from app.semantic.model import Metric, Segment
from app.semantic.query import SegmentRef
from app.semantic.request import Request
from app.semantic.sources import Givens, Source, with_days
from app.semantic.totals_per_person import between, keys_of, known, people_sets
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
    sets = people_sets(request, window, literal)
    conditions = [_in(person.copy(), people.keys, negated=people.negated) for people in sets]
    conditions += [builder.member_of(person.copy(), reference, source) for reference in query.segments]
    return conditions


def _in(person: exp.Expr, keys: exp.Select, *, negated: bool) -> exp.Expr:
    inside = exp.In(this=person, query=exp.Subquery(this=keys))
    if not negated:
        return inside
    return exp.And(this=known(person), expression=exp.Not(this=inside))


class _People:
    def __init__(self, request: Request, window: Window, literal: Givens) -> None:
        self.request, self.window, self.literal = request, window, literal

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
        return keys_of(source, person, conditions, source.resolve(segment.having) if segment.having else None)

    def _segment_conditions(
        self, segment: Segment, source: Source, person: exp.Expr, days: int | None
    ) -> list[exp.Expr]:
        conditions = [known(person)]
        if segment.time:
            conditions += between(source, segment.time, self.window.start, self.window.stop)
        if segment.where:
            conditions.append(source.resolve(segment.where, givens=self._segment_givens(segment, days)))
        return conditions

    def _segment_givens(self, segment: Segment, days: int | None) -> Givens:
        return with_days(self.literal, days if days is not None else segment.days)
