# ruff: noqa: S608 - the only SQL here attaches a file of our own
"""Import: read, check, build, verify, report, publish. The old snapshot serves until the last step.

```
FOLDER/CURRENT.json, versions/         the snapshots (app.warehouse.snapshots)
FOLDER/imports/<import id>/            report.json, report.zh.md, report.en.md, quarantine.parquet
FOLDER/.import-…/                      the work of a running import; left by a crash, cleared by the next import
```
"""

import errno
import fcntl
import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Literal

import duckdb

from app.core.errors import ImportRejectedError, WarehouseError
from app.core.ids import new_id
from app.ingest.build import build_snapshot, verify_snapshot
from app.ingest.engine_errors import is_storage_error
from app.ingest.expressions import literal
from app.ingest.identifiers import refuse_identifiers
from app.ingest.mapping import load_mapping
from app.ingest.report import ImportReport, quarantine_summary, source_reports, table_reports, write_quarantine
from app.ingest.sources import SourceCounts, assign_files, stage_source
from app.ingest.targets import TargetCounts, build_table, drop_orphans
from app.ingest.work import Progress, Step, Workbench, open_workbench
from app.warehouse import snapshots
from app.warehouse.contract import TABLES

Mode = Literal["replace", "append"]

_OLD = "old_snapshot"
logger = logging.getLogger(__name__)


def _silent(step: Step, detail: str) -> None:
    """No progress."""


def import_data(
    mapping: Path | str,
    sources: Sequence[Path],
    *,
    out: Path,
    now: datetime,
    mode: Mode = "replace",
    progress: Progress = _silent,
) -> ImportReport:
    """Load `sources` into contract tables and publish a new snapshot in the folder `out`.

    Args:
        mapping: a mapping file, or the name of a shipped one.
        sources: CSV, Parquet or Excel files; the mapping says which is which.
        out: the folder of snapshots; created when absent.
        now: the current moment, aware: later times in the data are refused.
        mode: `replace` = the new snapshot holds these rows alone; `append` = rows are added to the current snapshot, a
            row with a known key replaces the old one whole (an order brings all its lines), so importing twice changes
            nothing, and a file must hold whole documents.
        progress: called after each step.

    Raises:
        ConfigurationError: the mapping is wrong, or does not fit the files; every problem with file and line.
        ImportRejectedError: data or disk refused it, nothing was published; `details["reason"]` is stable.
        NotFoundError: no such mapping or file.
    """
    started = monotonic()
    loaded = load_mapping(mapping)
    files = assign_files(loaded, sources)
    with _storage_errors(out), _exclusive(out), _work_folder(out) as work:
        progress(Step.STARTED, loaded.spec.id)
        built = work / "built.duckdb"
        with open_workbench(work, loaded) as bench:
            old = _attach_current(bench, out) if mode == "append" else None
            counts = _read(bench, files, progress)
            targets = _check(bench, old, now, progress)
            _refuse_waste(bench, counts, targets)
            tables = build_snapshot(bench, built, old=old)
            progress(Step.BUILT, str(built.stat().st_size))
            verify_snapshot(built, tables)
            progress(Step.VERIFIED, loaded.spec.id)
            import_id = f"{now:%Y%m%dT%H%M%S}-{new_id('imp')[4:12]}"
            report = ImportReport(
                import_id, loaded.spec.id, mode, loaded.spec.currency, now.isoformat(), monotonic() - started,
                source_reports(bench, counts), table_reports(bench, targets, tables), quarantine_summary(bench),
                tuple(bench.warnings), tuple(note.model_dump() for note in loaded.spec.notes),
                out / "imports" / import_id,
            )  # fmt: skip
            _write_evidence(bench, report, work)
        progress(Step.REPORTED, str(report.folder))
        return _publish(report, built, out, progress)


def _read(bench: Workbench, files: dict[str, tuple[Path, ...]], progress: Progress) -> list[SourceCounts]:
    counts = [stage_source(bench, name, paths) for name, paths in files.items()]
    progress(Step.SOURCES_READ, str(sum(item.rows_read for item in counts)))
    return counts


def _check(bench: Workbench, old: str | None, now: datetime, progress: Progress) -> list[TargetCounts]:
    wanted = [name for name in TABLES if name in bench.loaded.spec.tables]
    targets = [build_table(bench, name, now=now) for name in wanted]
    drop_orphans(bench, old=old)
    refuse_identifiers(bench, iter(wanted))
    progress(Step.ROWS_CHECKED, ", ".join(wanted))
    return targets


def _refuse_waste(bench: Workbench, counts: Sequence[SourceCounts], targets: Sequence[TargetCounts]) -> None:
    """Publishing next to nothing in place of good data is not an import."""
    read = sum(item.rows_read for item in counts)
    share_allowed = bench.loaded.spec.max_quarantined_share
    places = [(f"sources.{item.name}", item.rows_read) for item in counts]
    places += [(target.table, target.built) for target in targets]
    loaded = sum(
        bench.value(f"SELECT count(*) FROM new_{name}")
        for name, entries in bench.loaded.spec.tables.items()
        if any(entry.source for entry in entries)
    )
    aside = dict(bench.rows("SELECT place, count(*) FROM quarantine GROUP BY place"))
    wasted = [
        (place, aside.get(place, 0), rows) for place, rows in places if aside.get(place, 0) > share_allowed * rows
    ]
    if not wasted and loaded:
        return
    reasons = "; ".join(f"{q.place}: {q.rows} × {q.reason} ({q.en})" for q in quarantine_summary(bench)[:5])
    told = (
        "; ".join(f"{place}: {bad} of {rows} rows" for place, bad, rows in wasted) or f"{read} rows read, none loaded"
    )
    raise ImportRejectedError(
        f"too little of the data could be used ({told})",
        hint=f"Repair the mapping or the files, or raise max_quarantined_share. {reasons}".strip(),
        reason="mostly_quarantined" if wasted else "nothing_loaded",
    )


def _attach_current(bench: Workbench, out: Path) -> str | None:
    ref = snapshots.current(out)
    if ref is None:
        return None
    try:
        bench.run(f"ATTACH {literal(str(ref.path))} AS {_OLD} (READ_ONLY)")
    except duckdb.Error as error:
        raise WarehouseError(
            f"the current snapshot {ref.id!r} can't be opened to append to it",
            hint="Import everything with mode replace, or roll back to an earlier snapshot.",
        ) from error
    return _OLD


def _write_evidence(bench: Workbench, report: ImportReport, work: Path) -> None:
    """Report and quarantine appear under their final name in one step, before the data serves."""
    draft = work / "evidence"
    draft.mkdir()
    write_quarantine(bench, draft / "quarantine.parquet")
    report.write(draft)
    report.folder.parent.mkdir(exist_ok=True)
    draft.replace(report.folder)


def _publish(report: ImportReport, built: Path, out: Path, progress: Progress) -> ImportReport:
    meta = {
        "import_id": report.import_id, "mapping": report.mapping, "mode": report.mode, "imported_at": report.started_at,
        "currency": report.currency, "rows": {table.name: table.rows for table in report.tables},
    }  # fmt: skip
    try:
        ref = snapshots.publish(out, built, meta)
    except (WarehouseError, OSError) as error:
        shutil.rmtree(report.folder, ignore_errors=True)
        raise ImportRejectedError(
            f"the snapshot was built but not published: {error}",
            hint="The previous snapshot keeps serving. Check the folder's space and permissions, then retry.",
            reason="publish_failed",
        ) from error
    done = report.published(ref.id, ref.path)
    done.write(report.folder)
    progress(Step.PUBLISHED, ref.id)
    return done


@contextmanager
def _exclusive(out: Path) -> Iterator[None]:
    """One import per folder at a time; the lock dies with its process."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".import.lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ImportRejectedError(
                f"another import into {out.name!r} is running", hint="Wait for it to end.", reason="import_running"
            ) from error
        yield


@contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    """A fresh hidden folder; what a crashed import left is cleared first. Call while holding the lock."""
    for leftover in out.glob(".import-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    work = out / f".import-{new_id('w')}"
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _storage_errors(out: Path) -> Iterator[None]:
    """A full disk or a forbidden folder is said as such; other engine errors keep their type but not their text."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        raise _storage_error(out, "storage_full" if full else "no_permission", error) from error
    except duckdb.Error as error:
        if is_storage_error(error):
            raise _storage_error(out, "storage_full", error) from error
        logger.exception("import.failed")
        raise ImportRejectedError(
            "the import could not be computed", hint="See the log for the engine's own message.", reason="engine_error"
        ) from error


def _storage_error(out: Path, reason: str, error: BaseException) -> ImportRejectedError:
    hints = {
        "storage_full": "Free space (an import needs about four times the size of its files), then import again.",
        "no_permission": "Let this user write to the folder, or choose another with --out.",
    }
    what = "the disk is full" if reason == "storage_full" else f"the folder {out.name!r} can't be used"
    told = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return ImportRejectedError(f"{what}{told}; the previous snapshot keeps serving", hint=hints[reason], reason=reason)
