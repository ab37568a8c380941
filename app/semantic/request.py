"""What one compilation is given, and what it collects on the way."""

from dataclasses import dataclass, field
from datetime import date

from app.semantic.model import SemanticModel
from app.semantic.query import Grain, SemanticQuery
from app.semantic.windows import Variant


@dataclass(frozen=True, slots=True)
class CompileContext:
    """What compiling needs beside the query: the engine's dialect and the days the data covers."""

    dialect: str
    as_of: date
    first_day: date


@dataclass(slots=True)
class Request:
    """One compilation: its inputs, and what it collects on the way."""

    model: SemanticModel
    query: SemanticQuery
    context: CompileContext
    tables: set[str] = field(default_factory=set)
    periods: dict[str, Variant] = field(default_factory=dict)
    """Lists of periods that some branch joins, by CTE name."""

    @property
    def grain(self) -> Grain | None:
        """The query's time bucket."""
        return self.query.grain
