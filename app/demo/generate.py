"""Builds the demo brand: a warehouse, its vault and the truth of what was planted in it.

Everything is generated set-wise inside DuckDB from 32-bit arithmetic on (seed, stream, row), never from an engine's own
random numbers: the same seed and scale give the same rows, whatever the number of threads.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import assert_never

import duckdb
from sqlglot import exp

from app.core.errors import AppError, CorrectableError
from app.demo.planted import PLANTED, PlantedCause, planted_json
from app.demo.statements import statements
from app.demo.steps import STEPS, Repeat, Step
from app.warehouse.contract import CONTRACT_SQL, TABLES, VAULT_SQL

Progress = Callable[[str, float], None]

WAREHOUSE_FILE, VAULT_FILE, PLANTED_FILE = "warehouse.duckdb", "vault.duckdb", "planted.json"
DEFAULT_SEED = 20261031
MAX_SCALE = 140.0
"""About 11 million orders: beyond it, row numbers would leave the 32 bits that randomness is drawn from."""
_PEOPLE_PER_SCALE, _ANONYMOUS_PER_SCALE = 36_000, 8_200
_PEOPLE_PER_CHUNK, _ORDERS_PER_SLICE = 400_000, 250_000


class DemoError(AppError):
    """The demo brand could not be written; nothing was changed."""

    code = "demo_not_written"
    status = 500


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was built: row counts by table, the files, and how long it took."""

    warehouse: Path
    vault: Path
    planted: Path
    rows: dict[str, int]
    seed: int
    scale: float
    seconds: float

    @property
    def orders(self) -> int:
        return self.rows["orders"]


def generate(
    out: Path,
    *,
    scale: float = 1.0,
    seed: int = DEFAULT_SEED,
    progress: Progress = lambda _stage, _share: None,
    overwrite: bool = False,
    memory_limit: str = "1200MB",
    threads: int | None = None,
) -> DemoReport:
    """Write the demo brand into folder `out` and return what was written.

    The files appear only when they are complete. `scale` 1 is about 80,000 orders. `progress` hears the stage in English
    and the share done (0-1).

    Raises:
        CorrectableError: `scale` or `seed` out of range, or `out` already holds a demo brand and `overwrite` is off.
        DemoError: `out` can't be written, or the disk is full; nothing half-written stays.
    """
    _check_input(out, scale=scale, seed=seed, overwrite=overwrite)
    started = perf_counter()
    with _workspace(out) as work:
        rows = _build(work, scale=scale, seed=seed, progress=progress, memory_limit=memory_limit, threads=threads)
        (work / PLANTED_FILE).write_text(planted_json(seed=seed, scale=scale), encoding="utf-8")
        # The warehouse last: where it stands, the other two stand.
        for name in (PLANTED_FILE, VAULT_FILE, WAREHOUSE_FILE):
            os.replace(work / name, out / name)
    progress("done", 1.0)
    return DemoReport(
        warehouse=out / WAREHOUSE_FILE,
        vault=out / VAULT_FILE,
        planted=out / PLANTED_FILE,
        rows=rows,
        seed=seed,
        scale=scale,
        seconds=perf_counter() - started,
    )


def _check_input(out: Path, *, scale: float, seed: int, overwrite: bool) -> None:
    if not 0.001 <= scale <= MAX_SCALE:
        raise CorrectableError(f"scale {scale!r} is out of range", hint=f"choose 0.001 to {MAX_SCALE:g}; 1 is about 80,000 orders")
    if not 0 <= seed < 2**32:
        raise CorrectableError(f"seed {seed!r} is out of range", hint="choose a whole number from 0 to 4294967295")
    if not overwrite and (out / WAREHOUSE_FILE).exists():
        raise CorrectableError(f"{str(out)!r} already holds a demo brand", hint="choose another folder, or overwrite it explicitly")


@contextmanager
def _workspace(out: Path) -> Iterator[Path]:
    """A scratch folder inside `out`, so that moving the finished files is atomic; removed whatever happens."""
    created = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".building-", dir=out))
    except OSError as error:
        raise _not_written(out, error) from error
    finished = False
    try:
        yield work
        finished = True
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise _not_written(out, error) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if created and not finished:
            shutil.rmtree(out, ignore_errors=True)


def _not_written(out: Path, error: Exception) -> DemoError:
    full = "No space left" in str(error) or isinstance(error, duckdb.OutOfMemoryException)
    hint = "free some disk space or choose a smaller scale" if full else "choose a folder that you may write to"
    return DemoError(f"the demo brand could not be written to {str(out)!r}", hint=hint)


def _build(
    work: Path, *, scale: float, seed: int, progress: Progress, memory_limit: str, threads: int | None
) -> dict[str, int]:
    connection = duckdb.connect(str(work / WAREHOUSE_FILE))
    try:
        _prepare(connection, work, scale=scale, seed=seed, memory_limit=memory_limit, threads=threads)
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


def _prepare(
    connection: duckdb.DuckDBPyConnection, work: Path, *, scale: float, seed: int, memory_limit: str, threads: int | None
) -> None:
    connection.execute("SET memory_limit = ?", [memory_limit])
    connection.execute("SET temp_directory = ?", [str(work / "spill")])
    if threads is not None:
        connection.execute("SET threads = ?", [threads])
    files_sql = statements("00_files")
    connection.execute(CONTRACT_SQL)
    connection.execute(files_sql["attach_vault"], [str(work / VAULT_FILE)])
    connection.execute("USE vault").execute(VAULT_SQL).execute("USE warehouse")
    sizes = {
        "seed": seed,
        "people": max(200, round(_PEOPLE_PER_SCALE * scale)),
        "anonymous": max(40, round(_ANONYMOUS_PER_SCALE * scale)),
        # Clickstream is kept for a panel of people, so that it stays bounded at any scale.
        "panel_every": max(1, round(scale / 4)),
    }
    for name, value in sizes.items():
        _set(connection, name, value)
    connection.execute(files_sql["cause_table"])
    connection.executemany(files_sql["cause_row"], [_cause_row(cause) for cause in PLANTED])
    connection.execute(files_sql["cause_days"])


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
    """Cut (day, orders) rows into inclusive day ranges of at most `limit` orders each, or of one day where a day has more."""
    slices: list[tuple[int, int]] = []
    first, total = counts[0][0], 0
    for day, orders in counts:
        if total and total + orders > limit:
            slices.append((first, day - 1))
            first, total = day, 0
        total += orders
    return [*slices, (first, counts[-1][0])]


def _count_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return {name: _scalar(connection, exp.select("count(*)").from_(exp.to_table(name)).sql("duckdb")) for name in TABLES}


def _scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
