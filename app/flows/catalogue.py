"""What can be asked about: metrics and dimensions of the semantic model, in the reader's language."""

from collections.abc import Callable
from dataclasses import dataclass

from app.flows.answer import Language
from app.semantic.model import Dimension, Metric, SemanticModel, Words


@dataclass(frozen=True, slots=True)
class MetricEntry:
    id: str
    label: str
    synonyms: tuple[str, ...]
    type: str
    unit: str
    additivity: str
    area: str
    owner: str
    version: int
    definition: str
    not_counted: str | None = None


@dataclass(frozen=True, slots=True)
class ValueEntry:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class DimensionEntry:
    id: str
    label: str
    synonyms: tuple[str, ...]
    type: str
    kind: str
    definition: str | None = None
    values: tuple[ValueEntry, ...] = ()
    """Coded values with their display text; empty where the warehouse itself holds the values."""


@dataclass(frozen=True, slots=True)
class ModelCatalogue:
    """The catalogue of the semantic model, each list in the order of the model's files."""

    models: Callable[[], SemanticModel]

    @property
    def model(self) -> SemanticModel:
        """What can be asked about now."""
        return self.models()

    def metrics(self, language: Language) -> tuple[MetricEntry, ...]:
        """Every metric, described in `language`."""
        return tuple(_metric_entry(metric, language) for metric in self.model.metrics.values())

    def dimensions(self, language: Language) -> tuple[DimensionEntry, ...]:
        """Every dimension that may be shown; those that identify people are left out."""
        shown = (dimension for dimension in self.model.dimensions.values() if not dimension.contains_people)
        return tuple(_dimension_entry(dimension, language) for dimension in shown)


def _metric_entry(metric: Metric, language: Language) -> MetricEntry:
    return MetricEntry(
        id=metric.id,
        label=metric.label.in_(language),
        synonyms=_synonyms(metric.synonyms, language),
        type=metric.type,
        unit=metric.unit,
        additivity=metric.additivity,
        area=metric.area,
        owner=metric.owner,
        version=metric.version,
        definition=metric.definition.in_(language),
        not_counted=metric.not_counted.in_(language) if metric.not_counted else None,
    )


def _dimension_entry(dimension: Dimension, language: Language) -> DimensionEntry:
    return DimensionEntry(
        id=dimension.id,
        label=dimension.label.in_(language),
        synonyms=_synonyms(dimension.synonyms, language),
        type=dimension.type,
        kind=dimension.kind,
        definition=dimension.definition.in_(language) if dimension.definition else None,
        values=tuple(ValueEntry(value, text.in_(language)) for value, text in dimension.values.items()),
    )


def _synonyms(words: Words, language: Language) -> tuple[str, ...]:
    return words.en if language == "en" else words.zh
