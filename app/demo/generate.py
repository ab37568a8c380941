"""Writes the demo brand into a folder: a warehouse, its vault and the truth of what was planted in it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import duckdb

from app.core.errors import AppError, CorrectableError
from app.demo.build import VAULT_FILE, WAREHOUSE_FILE, BuildOptions, Progress, build
from app.demo.planted import planted_json

PLANTED_FILE = "planted.json"
DEFAULT_SEED = 20261031
MIN_SCALE, MAX_SCALE = 0.001, 140.0
"""1 is about 77,000 orders, 130 ten million. Beyond 140, row numbers leave the 32 bits of the random streams."""


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
    memory_limit: str = "1500MB",
    threads: int | None = None,
) -> DemoReport:
    """Write the demo brand into folder `out` and return what was written.

    The files appear only when they are complete. The same `scale` and `seed` give the same rows, whatever the number of
    threads. `progress` hears the stage in English and the share done (0-1).

    Raises:
        CorrectableError: `scale` or `seed` out of range, or `out` already holds a demo brand and `overwrite` is off.
        DemoError: `out` can't be written, or the disk is full; nothing half-written stays.
    """
    _check_input(out, scale=scale, seed=seed, overwrite=overwrite)
    started = perf_counter()
    with _workspace(out) as work:
        options = BuildOptions(scale=scale, seed=seed, memory_limit=memory_limit, threads=threads)
        rows = build(work, options, progress)
        (work / PLANTED_FILE).write_text(planted_json(seed=seed, scale=scale), encoding="utf-8")
        # The warehouse last: where it stands, the other two stand.
        for name in (PLANTED_FILE, VAULT_FILE, WAREHOUSE_FILE):
            # A write-ahead log of an older file must not be replayed into the new one.
            (out / f"{name}.wal").unlink(missing_ok=True)
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
    if not MIN_SCALE <= scale <= MAX_SCALE:
        hint = f"choose {MIN_SCALE:g} to {MAX_SCALE:g}; 1 is about 77,000 orders"
        raise CorrectableError(f"scale {scale!r} is out of range", hint=hint)
    if not 0 <= seed < 2**32:
        raise CorrectableError(f"seed {seed!r} is out of range", hint="choose a whole number from 0 to 4294967295")
    if not overwrite and (out / WAREHOUSE_FILE).exists():
        hint = "choose another folder, or overwrite it explicitly"
        raise CorrectableError(f"{str(out)!r} already holds a demo brand", hint=hint)


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
