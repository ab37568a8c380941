"""What our own grammar decides in a proposed plan, whatever the model wrote: unsaid windows, bases, order, defaults."""

from app.knowledge.entries import Rewrite
from app.planning.lattice import content_length
from app.planning.plan import Link, LinkRole, Reading
from app.planning.proposed.accounting import explained_spans, passed_over
from app.planning.proposed.evidence import Evidence
from app.planning.proposed.schema import Explanation, Part, ProposedPlan
from app.semantic.query import Comparison, Filter, SegmentRef, SemanticQuery, Share

_NO_LIMIT = 1000
_ROLES: dict[Part, LinkRole] = {
    "metric": "metric", "people": "metric", "having": "metric", "dimension": "dimension", "value": "value",
    "segment": "segment", "time": "time", "compare": "compare", "grain": "time",
}  # fmt: skip


def settle(query: SemanticQuery, evidence: Evidence, explained: tuple[Explanation, ...]) -> SemanticQuery:
    """The plan with what the model has no say in."""
    draft = evidence.draft
    update: dict[str, object] = {"compare": tuple(_base(item, evidence) for item in query.compare)}
    dates_itself = any(item.part == "time" for item in explained)
    names_window = any(t.used_by not in ("people", "deed") for t in evidence.times)
    if not names_window and not dates_itself and draft.window is not None:
        update |= {"start": draft.window[0], "end": draft.window[1], "compare": tuple(draft.compare)}
    ranks = draft.order_by is not None or any(item.part == "rank" for item in explained)
    has_rows = bool(query.dimensions or query.grain)
    if query.order is not None and not (ranks and has_rows):
        update["order"] = None
    if not has_rows:
        update["limit"] = _NO_LIMIT
    if query.share is not None and not query.dimensions and not query.share.of_all:
        picked = tuple(dict.fromkeys(f.dimension for f in query.filters if f.op in ("eq", "in")))
        update["share"] = Share(of_all=picked)
    settled = query.model_copy(update=update)
    settled = with_companions(settled, evidence)
    return settled.model_copy(update={"filters": (*settled.filters, *_applicable(settled, evidence))})


def with_companions(query: SemanticQuery, evidence: Evidence) -> SemanticQuery:
    """The plan with what the words of the house bring beside their metric: certain people, certain conditions."""
    draft = evidence.draft
    own = {(f.dimension, f.op, f.values) for f in query.filters}
    filters = [f for f in draft.fixed if (f.dimension, f.op, f.values) not in own]
    named = {(s.segment, s.negated) for s in query.segments}
    brought = [(t.payload.segment, t.payload.negated, t.payload.segment_days) for t in evidence.tokens
               if isinstance(t.payload, Rewrite) and t.used_by and t.payload.metric and t.payload.segment]  # fmt: skip
    segments = [SegmentRef(segment=s, negated=n, days=d) for s, n, d in brought if (s, n) not in named]
    return query.model_copy(update={"filters": (*query.filters, *filters), "segments": (*query.segments, *segments)})


def _base(item: Comparison, evidence: Evidence) -> Comparison:
    """The comparison as our grammar names it, where it reads the same days."""
    same = (c for c in evidence.draft.compare if (c.start, c.end) == (item.start, item.end))
    return next(same, item.model_copy(update={"label": ""}))


def _applicable(query: SemanticQuery, evidence: Evidence) -> list[Filter]:
    """Rows that have none of a breakdown's dimension are left out, as in every other plan."""
    named = {f.dimension for f in query.filters}
    dimensions = evidence.rules.model.dimensions
    return [
        Filter(dimension=name, op="not_null")
        for name in query.dimensions
        if name not in named and name in dimensions and dimensions[name].absent == "not_applicable"
    ]


def reading_of(plan: ProposedPlan, query: SemanticQuery, evidence: Evidence) -> Reading:
    """A reading that discloses every word that the model had to guess or pass over."""
    passed = passed_over(evidence, plan.explanations)
    draft = evidence.draft
    total = content_length(evidence.text) or 1
    own = [
        Link(t.text, t.start, t.end, _own_role(t.used_by), t.target or t.used_by or "")
        for t in evidence.tokens
        if t.used_by is not None and t.kind != "unknown"
    ]
    told = [
        Link(evidence.text[start:end], start, end, _ROLES.get(item.part, "operator"), _target(item, query), fuzzy=True)
        for start, end, item in explained_spans(evidence, plan.explanations)
        if item.part != "polite"
    ]
    ignored = draft.say(
        f"没有作为条件的词:{'、'.join(passed)}", f"Words that were not taken as a condition: {', '.join(passed)}"
    )
    return Reading(
        query=query,
        coverage=round(1 - sum(map(content_length, passed)) / total, 4),
        links=(*own, *told),
        unexplained=passed,
        assumptions=(*draft.assumptions, *((ignored,) if passed else ())),
        path="llm",
        senses=draft.senses,
        window_label=draft.window_label,
    )


_OWN_ROLES: dict[str, LinkRole] = {
    "metric": "metric", "breakdown": "dimension", "filter": "value", "segment": "segment", "window": "time",
    "grain": "time", "compare": "compare",
}  # fmt: skip


def _own_role(used_by: str | None) -> LinkRole:
    return _OWN_ROLES.get(used_by or "", "operator")


def _target(item: Explanation, query: SemanticQuery) -> str:
    """What the words were taken for, as far as the answer shows it."""
    match item.part:
        case "time":
            return f"{query.start}..{query.end}"
        case "compare":
            return ", ".join(f"{c.start}..{c.end}" for c in query.compare)
        case "grain":
            return str(query.grain or "")
        case "value":
            held = [
                f for f in (*query.filters, *(f for p in query.people for f in p.filters)) if f.dimension == item.target
            ]
            return f"{item.target}={held[0].values[0]}" if held and held[0].values else item.target
        case _:
            return item.target or item.part
