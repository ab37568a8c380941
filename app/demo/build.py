"""Runs the generator's SQL: one warehouse and one vault file, filled set-wise inside DuckDB.

Every random choice is 32-bit arithmetic on (seed, stream, row), never the engine's own random numbers: the same seed
and scale give the same rows, whatever the number of threads. Memory stays bounded because orders are drawn per chunk
of people and written per slice of days.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

import duckdb
from sqlglot import exp

from app.demo.planted import PLANTED, PlantedCause
from app.demo.statements import statements
from app.demo.steps import STEPS, Repeat, Step
from app.warehouse.contract import CONTRACT_SQL, TABLES, VAULT_SQL

Progress = Callable[[str, float], None]

WAREHOUSE_FILE, VAULT_FILE = "warehouse.duckdb", "vault.duckdb"
_PEOPLE_PER_SCALE, _ANONYMOUS_PER_SCALE = 36_000, 8_200
_PEOPLE_PER_CHUNK, _ORDERS_PER_SLICE = 300_000, 250_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """How large, from which seed, and with which of the machine's resources (`threads` None: the engine's choice)."""

    scale: float
    seed: int
    memory_limit: str
    threads: int | None


def build(work: Path, options: BuildOptions, progress: Progress) -> dict[str, int]:
    """Write both files into folder `work`; returns the row count of every contract table."""
    connection = duckdb.connect(str(work / WAREHOUSE_FILE))
    try:
        _prepare(connection, work, options)
        done = 0.0
        for step in STEPS:
            progress(step.label, done)
            for share in _run_step(connection, step):
                progress(step.label, min(1.0, done + share * step.share))
            done += step.share
        progress("closing files", min(1.0, done))
        connection.execute("CHECKPOINT warehouse").execute("CHECKPOINT vault")
        return _count_rows(connection)
    finally:
        connection.close()


def _prepare(connection: duckdb.DuckDBPyConnection, work: Path, options: BuildOptions) -> None:
    connection.execute("SET memory_limit = ?", [options.memory_limit])
    connection.execute("SET temp_directory = ?", [str(work / "spill")])
    if options.threads is not None:
        connection.execute("SET threads = ?", [options.threads])
    connection.execute(CONTRACT_SQL)
    connection.execute(statements("00_files")["attach_vault"], [str(work / VAULT_FILE)])
    connection.execute("USE vault").execute(VAULT_SQL).execute("USE warehouse")
    for name, value in _sizes(options).items():
        _set(connection, name, value)
    _plant(connection)


def _sizes(options: BuildOptions) -> dict[str, int]:
    return {
        "seed": options.seed,
        "people": max(200, round(_PEOPLE_PER_SCALE * options.scale)),
        "anonymous": max(40, round(_ANONYMOUS_PER_SCALE * options.scale)),
        # Clickstream is kept for a panel of people, so that it stays bounded at any scale.
        "panel_every": max(1, round(options.scale / 4)),
    }


def _plant(connection: duckdb.DuckDBPyConnection) -> None:
    sql = statements("00_files")
    connection.execute(sql["cause_table"])
    connection.executemany(sql["cause_row"], [_cause_row(cause) for cause in PLANTED])
    connection.execute(sql["cause_days"])


def _cause_row(cause: PlantedCause) -> list[object]:
    return [*cause.as_row(), cause.dims.get("template_id"), cause.dims.get("spu_id")]


def _set(connection: duckdb.DuckDBPyConnection, name: str, value: int) -> None:
    connection.execute(statements("00_files")[f"set_{name}"], [value])


def _run_step(connection: duckdb.DuckDBPyConnection, step: Step) -> Iterator[float]:
    """Run the step's statements as often as it says; yields the share of the step that is done."""
    rounds = _rounds(connection, step)
    for index, (low, high, unit) in enumerate(rounds, start=1):
        if unit:
            _set(connection, f"from_{unit}", low)
            _set(connection, f"to_{unit}", high)
        for sql in statements(step.file).values():
            connection.execute(sql)
        yield index / len(rounds)


def _rounds(connection: duckdb.DuckDBPyConnection, step: Step) -> list[tuple[int, int, str]]:
    match step.repeat:
        case Repeat.ONCE:
            return [(0, 0, "")]
        case Repeat.PER_PEOPLE_CHUNK:
            everyone = _scalar(connection, statements("00_files")["everyone"])
            return [(low, low + _PEOPLE_PER_CHUNK - 1, "person") for low in range(1, everyone + 1, _PEOPLE_PER_CHUNK)]
        case Repeat.PER_DAY_SLICE:
            counts = connection.execute(statements("00_files")["slice_sizes"]).fetchall()
            return [(low, high, "day") for low, high in day_slices(counts, limit=_ORDERS_PER_SLICE)]
        case _:
            assert_never(step.repeat)


def day_slices(counts: Sequence[tuple[int, int]], *, limit: int) -> list[tuple[int, int]]:
    """Cut (day, orders) rows into inclusive day ranges of at most `limit` orders; a day with more stands alone."""
    slices: list[tuple[int, int]] = []
    first, total = counts[0][0], 0
    for day, orders in counts:
        if total and total + orders > limit:
            slices.append((first, day - 1))
            first, total = day, 0
        total += orders
    return [*slices, (first, counts[-1][0])]


def _count_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    queries = {name: exp.select("count(*)").from_(exp.to_table(name)).sql("duckdb") for name in TABLES}
    return {name: _scalar(connection, sql) for name, sql in queries.items()}


def _scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
