"""Which names of the model a question may be about: the only ones that the model's tool can be called with."""

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol

from app.core.errors import AppError
from app.knowledge.retriever import Retriever
from app.planning.proposed.evidence import Evidence, forms_of
from app.planning.proposed.schema import Names
from app.semantic.expansion import takes_days
from app.semantic.model import Dimension, Metric, Segment, SemanticModel
from app.semantic.query import split_metric_name

logger = logging.getLogger(__name__)

_METRICS, _DIMENSIONS, _SEGMENTS = 60, 96, 30
_FOUND = 30


class CandidateSource(Protocol):
    """Where candidates come from: the question's own words, and whatever index stands behind."""

    def rank(self, question: str) -> Sequence[tuple[str, str]]:
        """(kind, id) of metrics, dimensions and segments that `question` may be about, best first."""
        ...


@dataclass(eq=False)
class LexicalSource:
    """Candidates by shared characters and words with label, synonyms and definition, rare ones counting most."""

    model: SemanticModel

    @cached_property
    def _grams(self) -> dict[tuple[str, str], frozenset[str]]:
        return {key: frozenset(g for text in texts for g in _grams_of(text)) for key, texts in _texts(self.model)}

    @cached_property
    def _weight(self) -> dict[str, float]:
        held = Counter(gram for grams in self._grams.values() for gram in grams)
        return {gram: math.log(1 + len(self._grams) / count) for gram, count in held.items()}

    def rank(self, question: str) -> list[tuple[str, str]]:
        """Everything of the model, nearest first."""
        asked = _grams_of(question)

        def nearness(key: tuple[str, str]) -> float:
            grams = self._grams[key]
            shared = sum(self._weight[gram] for gram in asked & grams)
            return shared / math.sqrt(len(grams) + 8)

        return sorted(self._grams, key=lambda key: (-nearness(key), key))


@dataclass(eq=False)
class RetrieverSource:
    """Candidates from the knowledge index, which is opened with the first question that needs it."""

    open_index: Callable[[], Retriever]

    @cached_property
    def _retriever(self) -> Retriever:
        return self.open_index()

    def rank(self, question: str) -> list[tuple[str, str]]:
        """What the index finds; nothing where it can't be opened, since the words of the question still count."""
        try:
            hits = self._retriever.search(question, limit=_FOUND, kinds=("metric", "dimension", "segment")).hits
        except AppError as error:
            logger.info("candidates.skipped", extra={"code": error.code})
            return []
        return [(hit.entry.kind, hit.entry.id) for hit in hits]


def _texts(model: SemanticModel) -> Iterable[tuple[tuple[str, str], list[str]]]:
    for metric in model.metrics.values():
        yield ("metric", metric.id), [*forms_of(metric), *metric.definition.all]
    for segment in model.segments.values():
        yield ("segment", segment.id), [*forms_of(segment), *segment.definition.all]
    for dimension in model.dimensions.values():
        coded = [text for value in dimension.values.values() for text in value.all]
        words = [w for forms in dimension.value_synonyms.values() for w in forms]
        yield ("dimension", dimension.id), [*dimension.label.all, *dimension.synonyms.all, *coded, *words]


def _grams_of(text: str) -> frozenset[str]:
    """Pairs of Chinese characters, and whole Latin words."""
    lowered = text.lower()
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in lowered).split()
    pairs = [a + b for a, b in pairwise(lowered) if not (a + b).isascii() and (a + b).isalnum()]
    return frozenset((*words, *pairs))


def candidates(evidence: Evidence, public: SemanticModel, sources: Sequence[CandidateSource]) -> Names:
    """What the question's words name exactly, then what each source ranks best, taken in turns.

    Only names of `public`, the model as its files define it: what a warehouse's rows added to it stays here.
    """
    ranked = [_exact(evidence), *([*source.rank(evidence.text)] for source in sources)]
    order = dict.fromkeys(key for turn in _turns(ranked) for key in turn)
    held: Mapping[str, Mapping[str, Metric | Dimension | Segment]] = {
        "metric": public.metrics, "dimension": public.dimensions, "segment": public.segments,
    }  # fmt: skip

    def best(kind: str, most: int) -> tuple[str, ...]:
        return tuple(name for k, name in order if k == kind and name in held[kind] and _may_be_named(public, k, name))[
            :most
        ]

    metrics = [*best("metric", _METRICS)]
    wanted = [*metrics, *(name for name in public.roles.values() if name in public.metrics)]
    more = [name for name in (*wanted, *(public.metrics[n].finer for n in wanted)) if name in public.metrics]
    metrics += [name for name in dict.fromkeys(more) if name not in metrics]
    return Names(
        metrics=(*metrics, *_with_days(evidence, public, metrics)),
        dimensions=best("dimension", _DIMENSIONS),
        segments=best("segment", _SEGMENTS),
    )


def _turns(ranked: Sequence[Sequence[tuple[str, str]]]) -> Iterable[list[tuple[str, str]]]:
    """All that is exact first; then one of every source, again and again."""
    yield list(ranked[0])
    rest = ranked[1:]
    for position in range(max((len(r) for r in rest), default=0)):
        yield [r[position] for r in rest if position < len(r)]


def _exact(evidence: Evidence) -> list[tuple[str, str]]:
    found = [(c.kind, c.target) for token in evidence.tokens for c in token.candidates]
    metrics = {"metric": "metric", "days_metric": "metric", "deed": "metric"}
    kinds = {**metrics, "dimension": "dimension", "value": "dimension", "segment": "segment"}
    named = [(kinds[kind], target) for kind, target in found if kind in kinds]
    named += _read(evidence)
    finer = [
        evidence.rules.model.metrics[t].finer for k, t in named if k == "metric" and t in evidence.rules.model.metrics
    ]
    return [*named, *(("metric", name) for name in finer if name)]


def _read(evidence: Evidence) -> list[tuple[str, str]]:
    """What the shapes made of the words, and what unknown stretches look or sound like."""
    draft, lexicon = evidence.draft, evidence.rules.lexicon
    clauses = [clause.metric for clause in draft.people if clause.metric]
    read = [("metric", split_metric_name(name)[0]) for name in (*evidence.metrics_read, *clauses)]
    near = [form for token in evidence.unknown for form in evidence.rules.fuzzy.nearest(token.text, draft.language)]
    near += [token.target for token in evidence.rules.fuzzy.repair(evidence.text, evidence.unknown)]
    meant = [(c.kind, c.target) for form in near for c in lexicon.entries.get(form, ())]
    return [*read, *((kind, target) for kind, target in meant if kind in ("metric", "dimension", "segment"))]


def _may_be_named(public: SemanticModel, kind: str, name: str) -> bool:
    return kind != "dimension" or not public.dimensions[name].contains_people


def _with_days(evidence: Evidence, public: SemanticModel, metrics: Iterable[str]) -> list[str]:
    """`rate@60` for every number of days that the question names."""
    days = sorted({int(t.payload) for t in evidence.tokens if t.kind == "duration" and isinstance(t.payload, int)})
    able = [name for name in metrics if takes_days(public, public.metrics[name])]
    return [f"{name}@{count}" for name in able for count in days if 1 <= count <= 3650]
