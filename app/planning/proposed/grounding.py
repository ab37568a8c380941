"""Plan → question: does everything that the plan says come from the question's words?

A condition that nobody asked for makes a wrong number just as surely as one that was dropped.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from app.planning.linking import group_dimensions
from app.planning.proposed.accounting import explained_spans
from app.planning.proposed.evidence import Evidence, forms_of, is_business
from app.planning.proposed.schema import Explanation, Part
from app.planning.proposed.view import PlanView
from app.planning.time_phrases import comparison_window
from app.semantic.query import Filter, split_metric_name


def ungrounded(evidence: Evidence, view: PlanView, explained: Sequence[Explanation]) -> Iterator[str]:
    """What the plan says and the question does not, one sentence each."""
    ground = _Ground(evidence, explained)
    query = view.query
    for name in query.metrics:
        if not ground.has_metric(name):
            yield f"metric {name!r}: no word of the question names it; quote the words in `explanations`"
    for name in query.dimensions:
        if not ground.has_dimension(name):
            yield f"breakdown {name!r}: the question does not ask for it"
    for item, person in view.filters():
        if not ground.has_filter(item):
            where = " of the people" if person else ""
            yield f"filter on {item.dimension!r}{where}: the question does not name it"
    for reference in query.segments:
        if not ground.has_segment(reference.segment):
            yield f"segment {reference.segment!r}: the question does not name it"
    yield from _people(ground, view)
    yield from _times(ground, view)
    yield from _shape(ground, view)


class _Ground:
    """What the question's words and the explanations carry."""

    def __init__(self, evidence: Evidence, explained: Sequence[Explanation]) -> None:
        self.evidence = evidence
        self.explained = [item for start, end, item in explained_spans(evidence, explained) if self._is_new(start, end)]
        self.numbers = {float(t.payload) for t in evidence.tokens if t.kind in ("number", "duration")}

    def _is_new(self, start: int, end: int) -> bool:
        """Words that the lexicon knows as something of the business mean that, whatever is said of them."""
        inside = [t for t in self.evidence.tokens if t.start < end and start < t.end]
        return any(t.kind == "unknown" or (t.kind == "word" and not is_business(t)) for t in inside)

    def means(self, part: Part, target: str | None = None) -> bool:
        return any(item.part == part and (target is None or item.target == target) for item in self.explained)

    def has(self, kind: str, target: str) -> bool:
        return any(token.has(kind, target) for token in self.evidence.tokens)

    def op(self, *names: str) -> bool:
        return any(token.op(*names) for token in self.evidence.tokens)

    def has_metric(self, name: str) -> bool:
        base = split_metric_name(name)[0]
        model = self.evidence.rules.model
        coarser = [metric.id for metric in model.metrics.values() if metric.finer == base]
        read = {split_metric_name(known)[0] for known in self.evidence.metrics_read}
        if base in read or self.means("metric", base) or self.means("people", base):
            return True
        if any(self.has(kind, one) for one in (base, *coarser) for kind in ("metric", "days_metric", "deed")):
            return True
        return any(self.evidence.is_said(form) for form in forms_of(model.metrics[base]))

    def has_dimension(self, name: str) -> bool:
        if self.has("dimension", name) or self.means("dimension", name):
            return True
        if any(token.has("dimension", name) for token in self.evidence.draft.breakdowns):
            return True
        several = [g for g, negated, _ in self.evidence.groups() if len(g.tokens) > 1 and not negated]
        return any(name in group_dimensions(self.evidence.draft, group) for group in several)

    def has_filter(self, item: Filter) -> bool:
        """The value is said, or the words that were taken for it are quoted, or its numbers are."""
        if item.op in ("is_null", "not_null"):
            return self.has("dimension", item.dimension) or self.means("value", item.dimension)
        if self.means("value", item.dimension) or item in self.evidence.draft.fixed:
            return True
        said = {(c.target, c.value) for t in self.evidence.tokens for c in t.of("value")}
        if all((item.dimension, str(value)) in said for value in item.values):
            return True
        numbers = [float(v) for v in item.values if isinstance(v, int | float) and not isinstance(v, bool)]
        return len(numbers) == len(item.values) and all(number in self.numbers for number in numbers)

    def has_segment(self, name: str) -> bool:
        entry = self.evidence.rules.model.segments[name]
        if any(known == name for known, _, _ in self.evidence.draft.segments):
            return True
        said = any(self.evidence.is_said(form) for form in forms_of(entry))
        return self.has("segment", name) or self.means("segment", name) or said


def _people(ground: _Ground, view: PlanView) -> Iterator[str]:
    roles = set(ground.evidence.rules.model.roles.values())
    reach, draft = ground.evidence.rules.reach, ground.evidence.draft
    bought = [m for m in map(draft.role, ("purchase_orders", "purchase_items", "buyers")) if m]
    homes = {home for role in bought for home in reach.leaf_datasets(role)}
    speaks = ground.op("bought", "not_bought", "joined", "claimed") or ground.means("people")
    speaks = speaks or any(t.has("deed") for t in ground.evidence.tokens)
    for person in view.query.people:
        base = split_metric_name(person.metric)[0]
        bought_so = speaks and (base in roles or bool(homes & reach.leaf_datasets(base)))
        # People picked by what they are (a tag): the filter, which is looked at by itself, is the whole condition.
        is_so = base == draft.role("tagged") and bool(person.filters)
        if not (ground.has_metric(person.metric) or bought_so or is_so):
            yield f"condition on people by {person.metric!r}: the question does not name it"
        if person.op in ("gt", "le", "lt", "between") and not (ground.op(person.op) or ground.means("people")):
            yield f"condition on people {person.op}: the question does not say so"
        if not all(value in ground.numbers or value == 1 for value in person.values):
            yield f"condition on people {person.op} {person.values}: the question does not name that number"
    if view.query.kind == "audience" and not ground.op("list_people") and not ground.means("people"):
        yield "the question does not ask for a list of people"
    for having in view.query.having:
        if not all(value in ground.numbers for value in having.values):
            yield f"condition {having.metric} {having.op} {having.values}: the question does not name that number"


def _times(ground: _Ground, view: PlanView) -> Iterator[str]:
    evidence, query = ground.evidence, view.query
    offered = offered_windows(evidence)
    may_date = not evidence.times and ground.means("time")
    if (query.start, query.end) not in offered and not may_date:
        yield f"window {query.start}..{query.end}: not one of the offered windows"
    for person in query.people:
        lasting = person.end == evidence.rules.as_of and _length(person.start, person.end) in ground.numbers
        window = (person.start, person.end)
        ends = {evidence.rules.as_of, *(end for _, end in offered)}
        ends_there = person.start is None and person.end in ends
        known = window in offered or window == (query.start, query.end) or not any(window)
        if not (known or lasting or ends_there):
            yield f"window {person.start}..{person.end} of a condition on people: not an offered window"
    bases = offered_comparisons(evidence, (query.start, query.end), asked=ground.means("compare"))
    for item in query.compare:
        if (item.start, item.end) not in bases:
            yield f"comparison with {item.start}..{item.end}: the question does not ask for it"


def _length(start: date | None, end: date | None) -> float | None:
    return float((end - start).days + 1) if start and end else None


def offered_windows(evidence: Evidence) -> set[tuple[date | None, date | None]]:
    """Windows that the question names, and the one that our grammar settles on."""
    first = evidence.rules.first_day
    found: set[tuple[date | None, date | None]] = set()
    for token in evidence.times:
        found.add((max(token.payload.start, first) if token.payload.open_start else token.payload.start,
                   token.payload.end))  # fmt: skip
    if evidence.draft.window is not None:
        found.add(evidence.draft.window)
    return found


def offered_comparisons(
    evidence: Evidence, window: tuple[date, date], *, asked: bool = False
) -> set[tuple[date, date]]:
    """Bases that the question names; with `asked`, also the period and the year before the window."""
    found = {(c.start, c.end) for c in evidence.draft.compare}
    if len(evidence.times) > 1:
        found |= {(t.payload.start, t.payload.end) for t in evidence.times} - {window}
    named = next((t.payload for t in evidence.times if (t.payload.start, t.payload.end) == window), None)
    if asked and named is not None:
        for base in (
            comparison_window(named, kind, evidence.rules.calendar) for kind in ("prior_period", "prior_year")
        ):
            found.add((base.start, base.end))
    return found


def _shape(ground: _Ground, view: PlanView) -> Iterator[str]:
    query, draft = view.query, ground.evidence.draft
    if query.grain is not None and draft.grain is None and not ground.means("grain"):
        yield f"grain {query.grain!r}: the question does not ask for it"
    if query.share is not None and not draft.share and not ground.means("share"):
        yield "share: the question does not ask for it"
    if query.limit < 1000 and draft.limit is None and not ground.means("rank"):
        yield f"limit {query.limit}: the question does not ask for it"
    if query.limit < 1000 and draft.limit is None and query.limit != 1 and query.limit not in ground.numbers:
        yield f"limit {query.limit}: the question does not name that number"
    if query.rest_as_other and not draft.rest_as_other:
        yield "rest_as_other: the question does not ask for it"
    if view.excludes and not _says_not(ground):
        yield "the plan leaves something out, and the question does not say so"


def _says_not(ground: _Ground) -> bool:
    draft = ground.evidence.draft
    negated = any(negated for _, negated, _ in ground.evidence.groups()) or any(c.negated for c in draft.people)
    negated = negated or any(turned for _, turned, _ in draft.segments)
    return negated or ground.op("not", "not_prefix", "not_suffix", "not_bought") or ground.means("not")
