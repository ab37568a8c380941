"""The definitions an answer stands on: every metric it names, what those are computed from, and every segment."""

from collections.abc import Sequence
from typing import Any

from app.flows.answer import Definition, Language
from app.flows.names import find_metric, metric_label, metrics_behind, queried_metrics, segment_label
from app.planning.plan import Defined
from app.semantic.expansion import takes_days
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery, split_metric_name


def collect_definitions(query: SemanticQuery, model: SemanticModel, language: Language) -> tuple[Definition, ...]:
    """Metrics in reading order, each followed by its parts, then segments. Each entry once."""
    found = [
        Definition(id=metric.id, name=metric_label(name, model, language), text=metric.definition.in_(language),
                   owner=metric.owner, version=metric.version)
        for name, metric in metrics_behind(_with_days(query, model), model)
    ]  # fmt: skip
    used = {reference.segment for reference in query.segments}
    found += [
        Definition(id=segment.id, name=segment_label(segment.id, model, language),
                   text=segment.definition.in_(language), owner=segment.owner, version=segment.version)
        for segment in model.segments.values()
        if segment.id in used
    ]  # fmt: skip
    return tuple(found)


def _with_days(query: SemanticQuery, model: SemanticModel) -> tuple[str, ...]:
    """Names whose number of days the model does not know are read without it."""
    names = []
    for name in queried_metrics(query):
        metric = find_metric(name, model)
        names.append(name if metric and takes_days(model, metric) else split_metric_name(name)[0])
    return tuple(names)


def defined(entries: Sequence[Defined], language: Language) -> dict[str, Any]:
    """The fields of an answer that is a definition: no number, and nothing that could be taken for one."""
    at = 0 if language == "zh" else 1
    definitions = tuple(
        Definition(id=e.id, name=e.name[at], text=e.text[at], owner=e.owner, version=e.version) for e in entries
    )
    separator = ":" if language == "zh" else ": "
    headline = "\n".join(f"{d.name}{separator}{d.text}" for d in definitions)
    said = "、".join(d.name for d in definitions) if language == "zh" else ", ".join(d.name for d in definitions)
    restatement = f"{said} 的定义" if language == "zh" else f"Definition of {said}"
    return {"headline": headline, "definitions": definitions, "restatement": restatement, "trust": "governed"}
