"""What the faces (HTTP, web, command line) may ask of the program. `wiring` builds it; tests bring a small fake."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from app.core.actor import Actor
from app.flows.answer import Answer, Language
from app.flows.catalogue import DimensionEntry, MetricEntry
from app.planning.context import Previous
from app.planning.plan import Reading
from app.semantic.query import SemanticQuery

if TYPE_CHECKING:  # those flows use the protocols here
    from app.flows.read_terms import ReadTerms
    from app.flows.remembering import Memory


@dataclass(frozen=True, slots=True)
class Status:
    """What is being served right now."""

    data_as_of: date | None
    snapshot: str | None
    planner: str = "rule"
    brands: tuple[str, ...] = ()
    """Display names of the brands in the warehouse."""


class AnswerQuestion(Protocol):
    def ask(
        self,
        question: str,
        actor: Actor,
        *,
        language: Language | None = None,
        previous: Previous | SemanticQuery | None = None,
    ) -> Answer:
        """Answer `question` as `actor`. Blocks; safe to call from many threads.

        What can't be read comes back as an `Answer` with status `refused`. Raises `AppError` only when the warehouse is
        unavailable or for a bug. `language` None = the language of the question.
        """
        ...

    def run(self, query: SemanticQuery, actor: Actor, *, language: Language, reading: Reading | None = None) -> Answer:
        """Answer a query that is already typed, such as a chosen clarification. Same path, same checks.

        `reading` is what is known of how it was read: the senses that were chosen.
        """
        ...


class Catalogue(Protocol):
    def metrics(self, language: Language) -> Sequence[MetricEntry]: ...

    def dimensions(self, language: Language) -> Sequence[DimensionEntry]: ...


class Suggestions(Protocol):
    def run(self, question: str, answer: Answer, actor: Actor) -> tuple[str, ...]:
        """Follow-ups of `answer` that are sure to be read."""
        ...


class Flows(Protocol):
    """Everything a face can do."""

    @property
    def answer_question(self) -> AnswerQuestion: ...

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def memory(self) -> "Memory":
        """Choices, verified questions, feedback, proposals, conversations, audit."""
        ...

    @property
    def terms(self) -> "ReadTerms":
        """The words of the house."""
        ...

    @property
    def suggestions(self) -> Suggestions: ...

    def status(self) -> Status:
        """What is being served; raises `WarehouseError` when nothing can be."""
        ...
