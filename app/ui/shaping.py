"""An `Answer` turned into the texts that a page shows. Pure: no page framework, so every rule here has a quick test."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.flows.answer import Answer, Column, Language, UsedSense
from app.flows.catalogue import DimensionEntry, MetricEntry
from app.flows.format import MINUS, NOTHING, format_change, format_period, format_value, format_window
from app.semantic.query import Filter, Scalar, SemanticQuery
from app.ui.words import say

PERIOD = "period"
Tone = Literal["", "up", "down"]
_SIGNS = {"gt": "> ", "ge": "≥ ", "lt": "< ", "le": "≤ ", "eq": "", "in": ""}


@dataclass(frozen=True, slots=True)
class Names:
    """Display names of the semantic model in one language."""

    metrics: Mapping[str, str] = field(default_factory=dict)
    dimensions: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    text: str
    label: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Stat:
    """One large number."""

    label: str
    text: str
    full: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    full: str = ""
    tone: Tone = ""


def names_of(metrics: Sequence[MetricEntry], dimensions: Sequence[DimensionEntry]) -> Names:
    """The display names in a catalogue."""
    return Names(
        metrics={entry.id: entry.label for entry in metrics},
        dimensions={entry.id: entry.label for entry in dimensions},
        values={entry.id: {value.value: value.label for value in entry.values} for entry in dimensions},
    )


def chips(answer: Answer, names: Names) -> tuple[Chip, ...]:
    """What was understood, in reading order: time, comparisons, breakdown, filters, people, metrics."""
    query, language = answer.query, answer.language
    if query is None:
        return (Chip(say("understood_as", language), answer.restatement),) if answer.restatement else ()
    found = [Chip(say("time", language), format_window(query.start, query.end, language))]
    if query.grain:
        found.append(Chip(say("grain", language), say(f"grain_{query.grain}", language)))
    for other in query.compare:
        text = other.label or format_window(other.start, other.end, language)
        found.append(Chip(say("compare", language), text))
    joiner = say("joiner", language)
    # A filter on the same dimension says already what the rows are.
    filtered = {item.dimension for item in query.filters if item.op in ("eq", "in")}
    split = [name for name in query.dimensions if name not in filtered]
    if split:
        labels = [_dimension_name(name, answer, names) for name in split]
        found.append(Chip(say("breakdown", language), joiner.join(labels)))
    found.extend(_filter_chip(item, answer, names) for item in query.filters)
    found.extend(_people_chips(query, answer))
    found.append(Chip(say("metric", language), joiner.join(_metric_names(query, answer, names))))
    found.extend(_sense_chip(used, language) for used in answer.senses)
    return tuple(found)


def _sense_chip(used: UsedSense, language: Language) -> Chip:
    """Whose sense of an ambiguous word it is, and what settled it."""
    settled = "" if used.by == "only" else say(f"by_{used.by}", language)
    return Chip(used.label, say("sense_of", language, who=used.who) + (f" · {settled}" if settled else ""))


def stats(answer: Answer) -> tuple[Stat, ...]:
    """The large numbers: every metric of a single row, or the first metric of two or three rows; else none."""
    metrics = base_metrics(answer)
    dimensions = [column for column in answer.columns if column.kind == "dimension"]
    has_period = any(column.name == PERIOD for column in dimensions)
    if not metrics or not 1 <= len(answer.rows) <= 3 or (has_period and len(answer.rows) > 1):
        return ()
    if len(answer.rows) == 1:
        return tuple(_stat(metric, metric.label, answer.rows[0], answer) for metric in metrics[:4])
    asked = next((metric for metric in metrics if metric.name in answer.chart.y), metrics[0])
    return tuple(
        _stat(asked, " · ".join(cell_of(answer, row, column).text for column in dimensions), row, answer)
        for row in answer.rows
    )


def base_metrics(answer: Answer) -> list[Column]:
    """The metrics themselves, without the columns derived from them (`gmv__prior_year`)."""
    return [column for column in answer.columns if column.kind == "metric" and "__" not in column.name]


def heading(answer: Answer, column: Column) -> str:
    """A column's label; beside a single metric, derived columns need not repeat its name."""
    metrics = base_metrics(answer)
    if len(metrics) != 1 or not column.name.startswith(f"{metrics[0].name}__"):
        return column.label
    short = _short(column.label, metrics[0].label)
    return short[0].upper() + short[1:]


def cell_of(answer: Answer, row: Sequence[Any], column: Column) -> Cell:
    """One table cell: its text, every digit for hovering, and whether it rose or fell."""
    value = row[answer.columns.index(column)]
    language = answer.language
    if column.kind == "dimension":
        return Cell(_dimension_text(answer, column, value))
    if column.kind == "delta":
        text = format_change(value, column.unit, language, unit_word=False)
        return Cell(text, _full(value, column, language), _tone(value))
    text = format_value(value, column.unit, language, unit_word=False)
    return Cell(text, _full(value, column, language))


def csv_bytes(answer: Answer) -> bytes:
    """The table as CSV that Excel opens: UTF-8 with a mark, display names, unrounded numbers, no formula cells."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([_no_formula(column.label) for column in answer.columns])
    for row in answer.rows:
        writer.writerow([_csv_value(answer, column, value) for column, value in zip(answer.columns, row, strict=True)])
    return buffer.getvalue().encode("utf-8-sig")


def _people_chips(query: SemanticQuery, answer: Answer) -> list[Chip]:
    language = answer.language
    defined = {definition.id: definition.name for definition in answer.definitions}
    found = []
    for segment in query.segments:
        days = f" {say('grain_day', language)} {segment.days}" if segment.days else ""
        text = defined.get(segment.segment, segment.segment) + days
        found.append(Chip(say("segment", language), (say("not", language) if segment.negated else "") + text))
    is_cut = query.order is not None and query.limit < SemanticQuery.model_fields["limit"].default
    if is_cut:
        found.append(Chip(say("top", language), say("top_n", language, n=query.limit)))
    return found


def _filter_chip(item: Filter, answer: Answer, names: Names) -> Chip:
    return Chip(_dimension_name(item.dimension, answer, names), _filter_text(item, answer, names))


def _filter_text(item: Filter, answer: Answer, names: Names) -> str:
    language = answer.language
    values = [_value_text(item.dimension, value, answer, names) for value in item.values]
    if item.op == "is_null":
        return say("blank", language)
    if item.op == "not_null":
        return say("filled", language)
    if item.op == "between":
        return "–".join(values)
    listed = say("joiner", language).join(values[:6]) + (" …" if len(values) > 6 else "")
    if item.op in ("ne", "not_in"):
        return say("not", language) + listed
    if item.op == "contains":
        return say("contains", language) + listed
    return _SIGNS[item.op] + listed


def _value_text(dimension: str, value: Scalar, answer: Answer, names: Names) -> str:
    if isinstance(value, bool):
        return say("yes" if value else "no", answer.language)
    for labels in (answer.labels.get(dimension, {}), names.values.get(dimension, {})):
        if str(value) in labels:
            return labels[str(value)]
    return str(value)


def _dimension_name(name: str, answer: Answer, names: Names) -> str:
    own = next((column.label for column in answer.columns if column.name == name), None)
    return own or names.dimensions.get(name, name)


def _metric_names(query: SemanticQuery, answer: Answer, names: Names) -> list[str]:
    own = {column.name: column.label for column in answer.columns}
    return [own.get(name) or names.metrics.get(name.partition("@")[0], name) for name in query.metrics]


def _stat(metric: Column, label: str, row: Sequence[Any], answer: Answer) -> Stat:
    value = row[answer.columns.index(metric)]
    language = answer.language
    changes = [
        Change(format_change(change, column.unit, language), _short(column.label, metric.label), _tone(change))
        for column, change in zip(answer.columns, row, strict=True)
        if column.kind == "delta"
        and column.name.startswith(f"{metric.name}__")
        and change is not None
        # An amount beside its own percentage says the same thing twice.
        and (column.unit in ("rate", "pp") or not _has_relative(answer, metric))
    ]
    return Stat(label, format_value(value, metric.unit, language), _full(value, metric, language), tuple(changes[:2]))


def _has_relative(answer: Answer, metric: Column) -> bool:
    deltas = (column for column in answer.columns if column.kind == "delta")
    return any(column.name.startswith(f"{metric.name}__") and column.unit in ("rate", "pp") for column in deltas)


def _short(label: str, metric_label: str) -> str:
    return label.removeprefix(metric_label).strip(" ·,()") or label


def _full(value: Any, column: Column, language: Language) -> str:
    return format_value(value, column.unit, language, compact=False)


def _tone(value: Any) -> Tone:
    if not isinstance(value, int | float) or isinstance(value, bool) or not value:
        return ""
    return "up" if value > 0 else "down"


def _dimension_text(answer: Answer, column: Column, value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return say("yes" if value else "no", answer.language)
    labels = answer.labels.get(column.name, {})
    if str(value) in labels:
        return labels[str(value)]
    if column.name == PERIOD:
        return format_period(value, answer.query.grain if answer.query else None, answer.language)
    return str(value)


def _csv_value(answer: Answer, column: Column, value: Any) -> Any:
    if value is None:
        return ""
    if column.kind != "dimension" and not isinstance(value, str):
        return value
    # Periods stay machine-readable; other dimension values read as on the page.
    return _no_formula(str(value) if column.name == PERIOD else _dimension_text(answer, column, value))


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", MINUS)) else text
