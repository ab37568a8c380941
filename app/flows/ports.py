"""What `AnswerQuestion` needs from the stages before it, stated small so that tests bring their own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from app.core.actor import Actor
from app.planning.context import PlanContext
from app.planning.plan import PlanResult
from app.semantic.compiler import CompiledQuery
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery
from app.semantic.request import CompileContext


class Planner(Protocol):
    def plan(self, question: str, actor: Actor, context: PlanContext) -> PlanResult:
        """Readings of the question, or why there is none; the values it knows are those `actor` may see."""
        ...


Remembered = Callable[[Actor], Mapping[str, str]]
"""The senses of ambiguous terms that a person chose before: term id → sense id."""
Compile = Callable[[SemanticQuery, SemanticModel, CompileContext], CompiledQuery]


class Result(Protocol):
    """Rows of a guarded statement. `sql` is what really ran."""

    @property
    def sql(self) -> str: ...

    @property
    def columns(self) -> Sequence[str]: ...

    @property
    def rows(self) -> Sequence[Sequence[Any]]: ...

    @property
    def truncated(self) -> bool: ...

    @property
    def elapsed_ms(self) -> float: ...

    @property
    def guard_ms(self) -> float: ...

    @property
    def checks(self) -> Sequence[Any]: ...

    @property
    def findings(self) -> Sequence[Any]: ...


class Executor(Protocol):
    def run(self, statement: Any, actor: Actor) -> Result:
        """Guard and run one SELECT as `actor`; the only way to the engine."""
        ...
