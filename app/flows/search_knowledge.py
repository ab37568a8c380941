"""Flow: find metrics, dimensions, segments and terms by the words of a marketer."""

from collections.abc import Iterator

from app.knowledge.entries import fold
from app.knowledge.glossary import Glossary
from app.knowledge.lint import ModelNames, NameKind
from app.knowledge.search_entry import SearchEntry
from app.semantic.model import Dimension, Metric, Segment, SemanticModel


def search_entries(model: SemanticModel, glossary: Glossary) -> tuple[SearchEntry, ...]:
    """Everything that can be found, one entry each: the input of both indexes."""
    return (*_of_model(model), *_of_glossary(glossary))


def _of_model(model: SemanticModel) -> Iterator[SearchEntry]:
    for metric in model.metrics.values():
        yield SearchEntry("metric", metric.id, _forms(metric), " ".join(metric.definition.all))
    for segment in model.segments.values():
        yield SearchEntry("segment", segment.id, _forms(segment), " ".join(segment.definition.all))
    for dimension in model.dimensions.values():
        text = " ".join(dimension.definition.all) if dimension.definition else ""
        yield SearchEntry("dimension", dimension.id, _forms(dimension), text)
        for value, label in dimension.values.items():
            forms = tuple(dict.fromkeys((*label.all, *dimension.value_synonyms.get(value, ()))))
            yield SearchEntry("value", f"{dimension.id}={value}", forms)


def _of_glossary(glossary: Glossary) -> Iterator[SearchEntry]:
    newest = {term.id: term for term in glossary.in_force()}
    for term in newest.values():
        meanings = [sense.meaning.zh for sense in term.senses]
        yield SearchEntry("term", term.id, term.forms, " ".join((term.text.zh, term.text.en, *meanings)))


def _forms(entry: Metric | Segment | Dimension) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*entry.label.all, *entry.synonyms.all)))


def model_names(model: SemanticModel) -> ModelNames:
    """The names of the model as lint compares them with the glossary's."""
    words: dict[str, set[tuple[NameKind, str]]] = {}

    def add(forms: tuple[str, ...], kind: NameKind, name: str) -> None:
        for form in forms:
            words.setdefault(fold(form), set()).add((kind, name))

    for metric in model.metrics.values():
        add(_forms(metric), "metric", metric.id)
    for segment in model.segments.values():
        add(_forms(segment), "segment", segment.id)
    for dimension in model.dimensions.values():
        add(_forms(dimension), "dimension", dimension.id)
        for value, label in dimension.values.items():
            add((*label.all, *dimension.value_synonyms.get(value, ())), "value", f"{dimension.id}={value}")
    return ModelNames(
        metrics=frozenset(model.metrics),
        segments=frozenset(model.segments),
        dimensions=frozenset(model.dimensions),
        with_days=frozenset(
            [metric.id for metric in model.metrics.values() if metric.days is not None]
            + [segment.id for segment in model.segments.values() if segment.days is not None]
        ),
        values={d.id: frozenset(d.values) for d in model.dimensions.values() if d.values and d.kind == "category"},
        words={word: frozenset(owners) for word, owners in words.items()},
    )
