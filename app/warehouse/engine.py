"""The port to a warehouse engine. Only `app.guard` calls `Engine.run`; only `app.wiring` names an adapter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Facade:
    """The only things a statement can name: one view per readable table, with the caller's policy inside.

    `views` maps a contract table name to the SELECT that defines it. Inside it, the raw tables are written as
    `{raw}.table`; the engine replaces `{raw}` with an alias nobody can guess.
    """

    views: Mapping[str, str]
    key: str
    """Stable hash of everything that shaped the views (principal scope, policy version, snapshot)."""


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What one query may use."""

    seconds: float = 20.0
    memory_mb: int = 1536
    max_rows: int = 10_000
    max_bytes: int = 16_000_000


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Rows in the statement's own order. `truncated` = more than `max_rows` rows or `max_bytes` were there."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    truncated: bool
    elapsed_ms: float
    """The engine's own time, without queueing and transport."""


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One physical table of the warehouse."""

    name: str
    columns: Mapping[str, str]
    """Column name → engine type."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The identity of the data that answers: what an answer calls `snapshot` and `data_as_of`."""

    id: str
    data_as_of: date
    first_day: date
    """First calendar day with an order."""


class Engine(Protocol):
    """A warehouse that can run one guarded SELECT at a time per call; safe to call from several threads."""

    dialect: str
    """The sqlglot dialect that statements must be written in."""

    def tables(self) -> Mapping[str, TableInfo]:
        """The physical tables that exist."""
        ...

    def snapshot(self) -> Snapshot:
        """What data this engine serves now."""
        ...

    def run(self, sql: str, *, facade: Facade, limits: QueryLimits) -> QueryResult:
        """Run one SELECT that the guard has regenerated, against nothing but `facade`.

        Raises:
            QueryStoppedError: a limit was passed; the worker was replaced.
            WarehouseError: the file is missing, damaged or being replaced.
        """
        ...

    def close(self) -> None:
        """Stop the workers and release the file."""
        ...
