"""What an edit kept of the plan before, said in one line."""

from app.planning.draft import Draft
from app.planning.edits.fragment import Fragment
from app.semantic.query import Filter, SemanticQuery


def kept_note(fragment: Fragment, before: SemanticQuery, after: SemanticQuery) -> str:
    """沿用上一问:指标…,时间…; empty where nothing was kept that was not said anew."""
    draft = fragment.draft
    parts = [_metrics(draft, before, after), _window(draft, fragment, before), _filters(draft, before, after)]
    parts += [_people(draft, before, after), _dimensions(draft, before, after)]
    said = [part for part in parts if part]
    if not said:
        return ""
    return draft.say("沿用上一问:" + ",".join(said), "Kept from the question before: " + ", ".join(said))


def _metrics(draft: Draft, before: SemanticQuery, after: SemanticQuery) -> str:
    kept = [m for m in after.metrics if m in before.metrics]
    labels = [draft.metric(m).label.in_(draft.language) for m in kept]
    return draft.say("指标 " + "、".join(labels), "metric " + ", ".join(labels)) if labels else ""


def _window(draft: Draft, fragment: Fragment, before: SemanticQuery) -> str:
    if fragment.says_window:
        return ""
    return draft.say(f"时间 {before.start} 至 {before.end}", f"time {before.start} to {before.end}")


def _filters(draft: Draft, before: SemanticQuery, after: SemanticQuery) -> str:
    kept = [f for f in after.filters if f in before.filters and f.op != "not_null"]
    texts = [_filter(draft, f) for f in kept]
    return draft.say("筛选 " + "、".join(texts), "filter " + ", ".join(texts)) if texts else ""


_SIGNS = {"eq": "=", "in": "=", "ne": "≠", "not_in": "≠", "gt": ">", "ge": "≥", "lt": "<", "le": "≤", "between": "="}


def _filter(draft: Draft, held: Filter) -> str:
    entry = draft.model.dimensions[held.dimension]
    shown = [entry.values[str(v)].in_(draft.language) if str(v) in entry.values else str(v) for v in held.values]
    return f"{entry.label.in_(draft.language)}{_SIGNS.get(held.op, held.op)}{'/'.join(shown)}"


def _people(draft: Draft, before: SemanticQuery, after: SemanticQuery) -> str:
    labels = [draft.model.segments[s.segment].label.in_(draft.language) for s in after.segments if s in before.segments]
    if any(p in before.people for p in after.people):
        labels.append(draft.say("行为条件", "what the people did"))
    return draft.say("人群 " + "、".join(labels), "people " + ", ".join(labels)) if labels else ""


def _dimensions(draft: Draft, before: SemanticQuery, after: SemanticQuery) -> str:
    kept = [d for d in after.dimensions if d in before.dimensions]
    labels = [draft.model.dimensions[d].label.in_(draft.language) for d in kept]
    return draft.say("拆分 " + "、".join(labels), "split by " + ", ".join(labels)) if labels else ""
