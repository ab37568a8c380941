"""Who asks, with which words of the house, and after what: everything beside the question that planning depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.semantic.query import Scalar, SemanticQuery


@dataclass(frozen=True, slots=True)
class Previous:
    """The last answered turn of a conversation, as far as the next question may refer to it."""

    question: str
    query: SemanticQuery
    rows: tuple[Mapping[str, Scalar | None], ...] = ()
    """The rows that were shown, in order: dimension id → stored value. Never measures, never contacts."""


@dataclass(frozen=True, slots=True)
class PlanContext:
    """One asker's context. Built by the flow from the actor; never from a request body or a model."""

    department: str | None = None
    brand_ids: frozenset[str] | None = None
    remembered: Mapping[str, str] = field(default_factory=dict)
    """Term id → sense id that this person chose before."""
    previous: Previous | None = None
    answer_id: str = ""
    """The answer being made: what records of model calls refer to."""
