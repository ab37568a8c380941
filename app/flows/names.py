"""What things of the semantic model are called in the asker's language. Falls back to the stored name, never fails."""

from collections.abc import Iterator
from typing import Any

from app.flows.answer import Language
from app.planning.canonical.words import COMPARE, FLAGS
from app.semantic.branches import OTHER
from app.semantic.expansion import input_names
from app.semantic.labels import dimension_label, find_metric, leaf_metrics, metric_label, segment_label
from app.semantic.model import Metric, SemanticModel
from app.semantic.query import SemanticQuery

UNKNOWN_TEXT: dict[Language, str] = {"zh": "未知", "en": "Unknown"}
OTHER_TEXT: dict[Language, str] = {"zh": "其他", "en": "Other"}

__all__ = [
    "compare_word",
    "dimension_label",
    "find_metric",
    "leaf_metrics",
    "metric_label",
    "metrics_behind",
    "queried_metrics",
    "segment_label",
    "value_key",
    "value_label",
]


def value_key(value: Any) -> str:
    """The key of a value in `Answer.labels`: JSON spelling, so that a page can look it up ("" stands for null)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def value_label(dimension: str, value: Any, model: SemanticModel, language: Language) -> str:
    """The display text of one stored value of a dimension."""
    if value is None:
        return UNKNOWN_TEXT[language]
    if value == OTHER:
        return OTHER_TEXT[language]
    known = model.dimensions.get(dimension)
    coded = known.values.get(value_key(value)) if known else None
    if coded is not None:
        return coded.in_(language)
    return FLAGS[language][value] if isinstance(value, bool) else str(value)


def compare_word(kind: str, language: Language) -> str:
    """环比 / 同比 … or "prior period" …"""
    return COMPARE[language].get(kind, kind)


def metrics_behind(names: tuple[str, ...], model: SemanticModel) -> Iterator[tuple[str, Metric]]:
    """The metrics with everything they are computed from, each once, in reading order, under the name that was used."""
    seen: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop(0)
        metric = find_metric(name, model)
        if metric is None or metric.id in seen:
            continue
        seen.add(metric.id)
        yield name, metric
        queue[:0] = input_names(metric)


def queried_metrics(query: SemanticQuery) -> tuple[str, ...]:
    """Every metric the query names: asked, in conditions on rows, and in conditions on people."""
    named = (*query.metrics, *(h.metric for h in query.having), *(p.metric for p in query.people))
    return tuple(dict.fromkeys(named))
