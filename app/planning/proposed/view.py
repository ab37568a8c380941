"""A query seen as the sets of things it says, for comparing it with a question."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.semantic.query import Filter, PeopleCondition, SemanticQuery, split_metric_name

Window = tuple[date | None, date | None]
_NEGATIVE = ("ne", "not_in", "is_null")


@dataclass(frozen=True)
class PlanView:
    """What one query says."""

    query: SemanticQuery

    @cached_property
    def metrics(self) -> frozenset[str]:
        """Ids of every metric in any place, without numbers of days."""
        query = self.query
        named = [*query.metrics, *(h.metric for h in query.having), *(p.metric for p in query.people)]
        return frozenset(split_metric_name(name)[0] for name in named)

    @cached_property
    def segments(self) -> frozenset[str]:
        """Ids of the segments."""
        return frozenset(item.segment for item in self.query.segments)

    @cached_property
    def dimensions(self) -> frozenset[str]:
        """Ids of the breakdowns and of what is filtered by."""
        picked = (f.dimension for f, _ in self.filters() if f.op != "not_null")
        return frozenset((*self.query.dimensions, *picked))

    def filters(self) -> Iterator[tuple[Filter, PeopleCondition | None]]:
        """Every filter, with the condition on people that it belongs to."""
        yield from ((item, None) for item in self.query.filters)
        for person in self.query.people:
            yield from ((item, person) for item in person.filters)

    @cached_property
    def windows(self) -> frozenset[Window]:
        """The window and those of conditions on people."""
        return frozenset({(self.query.start, self.query.end), *((p.start, p.end) for p in self.query.people)})

    @cached_property
    def comparisons(self) -> frozenset[Window]:
        """What the window is set against."""
        return frozenset((item.start, item.end) for item in self.query.compare)

    @cached_property
    def numbers(self) -> frozenset[float]:
        """Every number that a condition, a limit or a name carries."""
        query = self.query
        found: list[float] = [
            *(v for h in query.having for v in h.values),
            *(v for p in query.people for v in p.values),
        ]
        found += [float(v) for f, _ in self.filters() for v in f.values if _is_number(v)]
        named = [*query.metrics, *(h.metric for h in query.having), *(p.metric for p in query.people)]
        found += [days for name in named if (days := split_metric_name(name)[1]) is not None]
        found += [s.days for s in query.segments if s.days is not None]
        return frozenset((*map(float, found), float(query.limit)))

    @cached_property
    def lengths(self) -> frozenset[int]:
        """Lengths in days of every window, and numbers of days of metrics and segments."""
        spans = [(end - start).days + 1 for start, end in self.windows if start and end]
        return frozenset((*spans, *(int(number) for number in self.numbers)))

    @cached_property
    def operators(self) -> frozenset[str]:
        """The comparisons that its conditions make."""
        query = self.query
        ops = [*(h.op for h in query.having), *(p.op for p in query.people), *(f.op for f, _ in self.filters())]
        return frozenset(ops)

    @cached_property
    def excludes(self) -> bool:
        """Whether anything is negated."""
        by_filter = any(f.op in _NEGATIVE for f, _ in self.filters())
        return by_filter or any(s.negated for s in self.query.segments) or any(p.negated for p in self.query.people)

    def holds_value(self, dimension: str, value: str, *, negated: bool) -> bool:
        """Whether rows or people are picked by this value, the same way round."""
        for item, person in self.filters():
            turned = (item.op in _NEGATIVE) != (person is not None and person.negated)
            if item.dimension == dimension and value in {str(v) for v in item.values} and turned == negated:
                return True
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
