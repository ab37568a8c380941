"""What things of the semantic model are called in the asker's language. Falls back to the stored name, never fails."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from app.core.errors import UnknownNameError
from app.flows.answer import Language
from app.semantic.branches import OTHER
from app.semantic.expansion import MetricUse, input_names, leaves, resolve_metric
from app.semantic.model import Dimension, Metric, Segment, SemanticModel
from app.semantic.query import Scalar, SemanticQuery, split_metric_name

UNKNOWN_TEXT: dict[Language, str] = {"zh": "未知", "en": "Unknown"}
OTHER_TEXT: dict[Language, str] = {"zh": "其他", "en": "Other"}
_FLAG_TEXT: dict[Language, dict[bool, str]] = {"zh": {True: "是", False: "否"}, "en": {True: "yes", False: "no"}}
_COMPARE_TEXT: dict[Language, dict[str, str]] = {
    "zh": {"prior_period": "环比", "prior_year": "同比", "promo": "对比大促", "custom": "对比"},
    "en": {"prior_period": "prior period", "prior_year": "prior year", "promo": "promo", "custom": "comparison"},
}


def value_key(value: Any) -> str:
    """The key of a value in `Answer.labels`: JSON spelling, so that a page can look it up ("" stands for null)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def find_metric(name: str, model: SemanticModel) -> Metric | None:
    """The metric behind a query's name, with or without a number of days."""
    return model.metrics.get(name) or model.metrics.get(split_metric_name(name)[0])


def leaf_metrics(name: str, model: SemanticModel) -> tuple[MetricUse, ...]:
    """The simple metrics a name stands on, each with its number of days; empty for an unknown name."""
    try:
        return tuple(leaves(model, resolve_metric(model, name)))
    except (UnknownNameError, KeyError):
        return ()


def metric_label(name: str, model: SemanticModel, language: Language) -> str:
    """The metric's label; another number of days than the default replaces the label's, or is added to it."""
    metric = find_metric(name, model)
    if metric is None:
        return name
    text = _unique(metric, model.metrics, language)
    asked = split_metric_name(name)[1]
    usual = metric.days or next((leaf.metric.days for leaf in leaf_metrics(metric.id, model) if leaf.metric.days), None)
    if usual is None or asked is None or asked == usual:
        return text
    if str(usual) in text:
        return text.replace(str(usual), str(asked), 1)
    return f"{text}({asked}天)" if language == "zh" else f"{text} ({asked} days)"


def dimension_label(name: str, model: SemanticModel, language: Language) -> str:
    """The dimension's label."""
    dimension = model.dimensions.get(name)
    if dimension is None:
        return name
    return _unique(dimension, model.dimensions, language)


def segment_label(name: str, model: SemanticModel, language: Language) -> str:
    """The segment's label."""
    segment = model.segments.get(name)
    if segment is None:
        return name
    return _unique(segment, model.segments, language)


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
    return _FLAG_TEXT[language][value] if isinstance(value, bool) else str(value)


def compare_word(kind: str, language: Language) -> str:
    """环比 / 同比 … or "prior period" …"""
    return _COMPARE_TEXT[language].get(kind, kind)


def bare_value_dimension(value: Scalar, model: SemanticModel) -> str | None:
    """The dimension that a coded value means when it is said alone: of those that have it, the plainest name."""
    owners = [d for d in model.dimensions.values() if value_key(value) in d.values]
    return min(owners, key=lambda d: (len(d.label.zh), len(d.id), d.id)).id if owners else None


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


Named = Metric | Dimension | Segment
_MAX_LISTS = 64
_REPEATED: dict[tuple[int, Language], tuple[Mapping[str, Named], frozenset[str]]] = {}


def _unique(entry: Named, entries: Mapping[str, Named], language: Language) -> str:
    """Two entries that share a label are told apart by their id."""
    text = entry.label.in_(language)
    return f"{text} [{entry.id}]" if text in _repeated(entries, language) else text


def _repeated(entries: Mapping[str, Named], language: Language) -> frozenset[str]:
    """Labels that several entries have, remembered per list for the few lists that one process holds."""
    key = (id(entries), language)
    known = _REPEATED.get(key)
    if known is None or known[0] is not entries:
        counts = Counter(entry.label.in_(language) for entry in entries.values())
        known = (entries, frozenset(text for text, count in counts.items() if count > 1))
        if len(_REPEATED) >= _MAX_LISTS:
            _REPEATED.clear()
        _REPEATED[key] = known
    return known[1]
