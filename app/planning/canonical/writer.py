"""A plan as its canonical sentence, part by part. Two different plans never read the same."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from app.planning.canonical.literals import is_plain, quoted
from app.planning.canonical.vocabulary import Vocabulary, normal, plain_number, vocabulary
from app.planning.canonical.words import (
    COMPARE,
    GRAINS,
    INNER,
    QUOTES,
    SEGMENT_QUOTES,
    SEPARATOR,
    Language,
    Text,
    derived_words,
)
from app.semantic.labels import dimension_label, exact_metric_label, segment_label
from app.semantic.model import SemanticModel
from app.semantic.query import Comparison, Filter, Having, Order, PeopleCondition, SegmentRef, SemanticQuery

DEFAULT_LIMIT: int = SemanticQuery.model_fields["limit"].default


def window_text(start: date, end: date, language: Language) -> str:
    """A plain month, quarter, year or day by its name, anything else by its exact first and last day."""
    last = monthrange(end.year, end.month)[1]
    if start == end:
        return start.isoformat()
    if start.day == 1 and end.day == last and start.year == end.year:
        if start.month == end.month:
            return f"{start:%Y-%m}"
        if (start.month, end.month) == (1, 12):
            return f"{start.year}"
        if end.month - start.month == 2 and start.month % 3 == 1:
            return f"{start.year}-Q{end.month // 3}"
    return Text(language)("range", start=str(start), end=str(end))


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words for one plan."""

    query: SemanticQuery
    model: SemanticModel
    language: Language
    text: Text = field(init=False)
    names: Vocabulary = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", Text(self.language))
        object.__setattr__(self, "names", vocabulary(self.model, self.language))

    def __str__(self) -> str:
        query = self.query
        parts = [self.window(), *(self.filter(f) for f in query.filters), *(self.segment(s) for s in query.segments)]
        parts += [self.person(p) for p in query.people]
        parts.append(self.text.listed([self.metric(m) for m in query.metrics]))
        if self.breakdowns():
            parts.append(self.text("breakdown", names=self.text.listed(self.breakdowns())))
        parts += [self.comparison(c) for c in query.compare]
        parts += self.share()
        parts += [self.text("having", condition=self.having(h)) for h in query.having]
        return SEPARATOR.join([*parts, *self.ordering(), *self.audience()])

    def window(self) -> str:
        return window_text(self.query.start, self.query.end, self.language)

    def metric(self, name: str) -> str:
        return self._plain(exact_metric_label(name, self.model, self.language))

    def dimension(self, name: str) -> str:
        return self._plain(dimension_label(name, self.model, self.language))

    def _plain(self, name: str) -> str:
        return name if is_plain(name) else quoted(name, QUOTES[self.language])

    def breakdowns(self) -> list[str]:
        """Dimensions, then the grain."""
        names = [self.dimension(name) for name in self.query.dimensions]
        return names + ([GRAINS[self.language][self.query.grain]] if self.query.grain else [])

    def comparison(self, comparison: Comparison) -> str:
        inside = window_text(comparison.start, comparison.end, self.language)
        if comparison.label:
            name = comparison.label
            bare = is_plain(name) and "," not in name and normal(name) == name
            inside = f"{name if bare else quoted(name, QUOTES[self.language])}, {inside}"
        return self.text("compare", word=COMPARE[self.language][comparison.kind], inside=inside)

    # -- conditions ----------------------------------------------------------------------------------------------------
    def filter(self, condition: Filter) -> str:
        """A coded value stands alone where it can mean only one dimension (抖音), else the dimension is named."""
        if condition.op in ("eq", "in"):
            labels = [self.names.value_label(condition.dimension, value) for value in condition.values]
            plain = [label for label in labels if label is not None]
            if len(plain) == len(labels) and self.names.bare_dimension(plain) == condition.dimension:
                return self.text.listed(plain)
        return self.named_filter(condition)

    def named_filter(self, condition: Filter) -> str:
        """The condition with the name of its dimension."""
        name, values = self.dimension(condition.dimension), condition.values
        match condition.op:
            case "is_null" | "not_null":
                return self.text.condition(condition.op, name=name)
            case "between":
                low, high = (self.names.raw_text(value) for value in values)
                return self.text.condition("between", name=name, low=low, high=high)
            case "eq" | "ne" | "in" | "not_in":
                listed = self.text.listed([self.names.value_text(condition.dimension, value) for value in values])
                return self.text.condition(condition.op, name=name, values=listed)
            case _:
                return self.text.condition(condition.op, name=name, values=self.names.raw_text(values[0]))

    def segment(self, reference: SegmentRef) -> str:
        label = segment_label(reference.segment, self.model, self.language)
        text = quoted(label, SEGMENT_QUOTES[self.language])
        if reference.days is not None:
            text = self.text("segment_days", name=text, days=str(reference.days))
        return self.text("not_segment", name=text) if reference.negated else text

    def person(self, condition: PeopleCondition) -> str:
        """What people did, as one bracket: when, on what, how much."""
        parts = [self._person_window(condition), *(self.named_filter(f) for f in condition.filters)]
        parts.append(self._number_condition(condition.metric, condition.op, condition.values))
        inside = INNER.join(part for part in parts if part)
        return self.text("not_person" if condition.negated else "person", inside=inside)

    def _person_window(self, condition: PeopleCondition) -> str:
        if condition.start and condition.end:
            return window_text(condition.start, condition.end, self.language)
        if condition.start:
            return self.text("since", start=str(condition.start))
        return self.text("until", end=str(condition.end)) if condition.end else ""

    def having(self, having: Having) -> str:
        return self._number_condition(having.metric, having.op, having.values)

    def _number_condition(self, metric: str, op: str, values: tuple[float, ...]) -> str:
        numbers = [plain_number(value) for value in values]
        if op == "between":
            return self.text.condition("between", name=self.metric(metric), low=numbers[0], high=numbers[-1])
        return self.text.condition(op, name=self.metric(metric), values=numbers[0])

    # -- what is done with the rows ------------------------------------------------------------------------------------
    def share(self) -> list[str]:
        share = self.query.share
        if share is None:
            return []
        within, of_all = (
            self.text.listed([self.dimension(n) for n in names]) for names in (share.within, share.of_all)
        )
        name = {(False, False): "share", (True, False): "share_within", (False, True): "share_of_all"}.get(
            (bool(within), bool(of_all)), "share_both"
        )
        return [self.text(name, names=within, of_all=of_all)]

    def ordering(self) -> list[str]:
        return list(self._ordering())

    def _ordering(self) -> Iterator[str]:
        query = self.query
        if query.order:
            name = "descending" if query.order.descending else "ascending"
            yield self.text(name, subject=self._order_subject(query.order))
        if query.limit_within:
            names = self.text.listed(
                [self._bucket() if n == "period" else self.dimension(n) for n in query.limit_within]
            )
            yield self.text("limit_within", names=names, count=str(query.limit))
        elif query.limit != DEFAULT_LIMIT:
            yield self.text("limit", count=str(query.limit))
        if query.rest_as_other:
            yield self.text("rest")

    def _bucket(self) -> str:
        return GRAINS[self.language][self.query.grain or "day"]

    def _order_subject(self, order: Order) -> str:
        if order.by == "period":
            return self.text("time")
        if order.by in self.model.dimensions:
            return self.dimension(order.by)
        name, _, suffix = order.by.partition("__")
        if not suffix:
            return self.metric(name)
        # In names of derived columns the number of days stands behind an underscore.
        asked = next((metric for metric in self.query.metrics if metric.replace("@", "_") == name), name)
        word = derived_words(self.language).get(suffix, suffix)
        return self.text("derived", metric=self.metric(asked), word=word)

    def audience(self) -> list[str]:
        return [self.text("audience")] if self.query.kind == "audience" else []
