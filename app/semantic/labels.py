"""What the model's things are called, in both languages: for columns and headlines, and for the canonical sentence.

Two entries never get the same name: where the model gives two the same label, their ids tell them apart.
"""

import re
from collections import Counter
from collections.abc import Mapping

from app.core.errors import UnknownNameError
from app.semantic.expansion import MetricUse, leaves, resolve_metric
from app.semantic.model import Dimension, Metric, Segment, SemanticModel
from app.semantic.query import split_metric_name

Named = Metric | Dimension | Segment
_MAX_LISTS = 64
_REPEATED: dict[tuple[int, str], tuple[Mapping[str, Named], frozenset[str]]] = {}
_N = re.compile(r"(?<![A-Za-z])N(?![A-Za-z])")


def find_metric(name: str, model: SemanticModel) -> Metric | None:
    """The metric behind a query's name, with or without a number of days."""
    return model.metrics.get(name) or model.metrics.get(split_metric_name(name)[0])


def leaf_metrics(name: str, model: SemanticModel) -> tuple[MetricUse, ...]:
    """The simple metrics a name stands on, each with its number of days; empty for an unknown name."""
    try:
        return tuple(leaves(model, resolve_metric(model, name)))
    except (UnknownNameError, KeyError):
        return ()


def usual_days(metric: Metric, model: SemanticModel) -> int | None:
    """The number of days that a metric has when none is said: its own, or that of what it is computed from."""
    if metric.type == "simple" or metric.days:
        return metric.days
    return next((leaf.metric.days for leaf in leaf_metrics(metric.id, model) if leaf.metric.days), None)


def metric_label(name: str, model: SemanticModel, language: str) -> str:
    """The metric's label; another number of days than the default replaces the label's, or is added to it."""
    metric = find_metric(name, model)
    if metric is None:
        return name
    text = unique_label(metric, model.metrics, language)
    asked = split_metric_name(name)[1]
    usual = usual_days(metric, model)
    if usual is not None and _N.search(text):
        return _N.sub(str(asked or usual), text, count=1)
    if usual is None or asked is None or asked == usual:
        return text
    return text.replace(str(usual), str(asked), 1) if str(usual) in text else text + days_suffix(asked, language)


def exact_metric_label(name: str, model: SemanticModel, language: str) -> str:
    """The label with its number of days whether asked or usual, so that every name of a query reads differently."""
    metric = find_metric(name, model)
    if metric is None:
        return name
    text = unique_label(metric, model.metrics, language)
    asked, usual = split_metric_name(name)[1], usual_days(metric, model)
    in_label = usual is not None and str(usual) in text
    if asked is None:
        if usual is None or in_label:
            return text
        if _N.search(text):
            return _N.sub(str(usual), text, count=1) + ("(默认)" if language == "zh" else " (default)")
        return f"{text}(默认 {usual} 天)" if language == "zh" else f"{text} ({usual} days by default)"
    if _N.search(text):
        return _N.sub(str(asked), text, count=1)
    if in_label and asked != usual:
        return text.replace(str(usual), str(asked), 1)
    return text + days_suffix(asked, language)


def days_suffix(days: int, language: str) -> str:
    """(60天), or " (60 days)"."""
    return f"({days}天)" if language == "zh" else f" ({days} days)"


def dimension_label(name: str, model: SemanticModel, language: str) -> str:
    """The dimension's label; the name itself for an unknown one."""
    dimension = model.dimensions.get(name)
    return name if dimension is None else unique_label(dimension, model.dimensions, language)


def segment_label(name: str, model: SemanticModel, language: str) -> str:
    """The segment's label; the name itself for an unknown one."""
    segment = model.segments.get(name)
    return name if segment is None else unique_label(segment, model.segments, language)


def unique_label(entry: Named, entries: Mapping[str, Named], language: str) -> str:
    """The label, with the id behind it where several entries share it."""
    text = entry.label.in_(language)
    return f"{text} [{entry.id}]" if text.lower() in _repeated(entries, language) else text


def _repeated(entries: Mapping[str, Named], language: str) -> frozenset[str]:
    """Labels that several entries have, remembered per list for the few lists that one process holds."""
    key = (id(entries), language)
    known = _REPEATED.get(key)
    if known is None or known[0] is not entries:
        counts = Counter(entry.label.in_(language).lower() for entry in entries.values())
        known = (entries, frozenset(text for text, count in counts.items() if count > 1))
        if len(_REPEATED) >= _MAX_LISTS:
            _REPEATED.clear()
        _REPEATED[key] = known
    return known[1]
