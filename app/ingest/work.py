"""One import's workspace: a scratch database in a hidden folder beside the snapshots, and the steps of an import."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb

from app.ingest.mapping import LoadedMapping

MEMORY_LIMIT = "900MB"


class Step(StrEnum):
    """The named steps of an import, in order. A crash before `PUBLISHED` leaves the old snapshot serving."""

    STARTED = "started"
    SOURCES_READ = "sources_read"
    ROWS_CHECKED = "rows_checked"
    BUILT = "built"
    VERIFIED = "verified"
    REPORTED = "reported"
    PUBLISHED = "published"


Progress = Callable[[Step, str], None]
"""Called after each step with a short detail (a table, a file name, a count)."""


@dataclass(slots=True)
class Workbench:
    """What the stages of one import share. Owned by one thread, gone when the import ends."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    loaded: LoadedMapping
    warnings: list[dict[str, str]] = field(default_factory=list)

    def run(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run one statement."""
        self.connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Every row of one query."""
        return self.connection.execute(sql, parameters).fetchall()

    def value(self, sql: str) -> Any:
        """The first value of the first row."""
        return self.rows(sql)[0][0]

    def types(self, relation: str) -> dict[str, str]:
        """Column → engine type, in order, of a table or `(SELECT …)`."""
        return {name: kind for name, kind, *_ in self.rows(f"DESCRIBE FROM {relation}")}

    def warn(self, zh: str, en: str) -> None:
        """Something the operator should know that stops nothing."""
        self.warnings.append({"zh": zh, "en": en})


QUARANTINE_DDL = """
CREATE TABLE quarantine (
    place VARCHAR, reason VARCHAR, file VARCHAR, row_number BIGINT, amount DECIMAL(38, 4), record VARCHAR
)"""
"""`place` = `sources.NAME` or a contract table; `row_number` counts readable rows (of a broken line: the line)."""


@contextmanager
def open_workbench(folder: Path, loaded: LoadedMapping) -> Iterator[Workbench]:
    """A scratch database under bounds: the import may be larger than memory, never larger than the limit."""
    connection = duckdb.connect(str(folder / "scratch.duckdb"))
    try:
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        connection.execute("SET temp_directory = $folder", {"folder": str(folder / "spill")})
        connection.execute("SET threads = 2")
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(QUARANTINE_DDL)
        yield Workbench(connection, folder, loaded)
    finally:
        connection.close()


def masked_record(relation: str) -> str:
    """SQL: the row of `relation` as JSON without phones, e-mails and ID numbers, for the quarantine list."""
    text = f"CAST(to_json({relation}) AS VARCHAR)"
    for pattern, shown in MASKS:
        text = f"regexp_replace({text}, '{pattern}', '{shown}', 'g')"
    return text


MASKS: tuple[tuple[str, str], ...] = (
    (r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "***@***"),
    (r"\b[1-9]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]\b", "******************"),
    (r"\b(86)?1[3-9]\d{9}\b", "***********"),
)
