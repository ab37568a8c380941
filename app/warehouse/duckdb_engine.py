"""The embedded warehouse: one DuckDB file (or a folder of published snapshots), read by killable worker processes.

DuckDB itself is never loaded into this process; `query_worker` runs it.
"""

import logging
import os
import threading
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from app.core.errors import AppError, QueryStoppedError, SqlRejectedError, WarehouseError
from app.warehouse import snapshots
from app.warehouse.contract import TABLES
from app.warehouse.engine import Facade, QueryLimits, QueryResult, Snapshot, TableInfo
from app.warehouse.worker_pool import (
    PoolBusyError,
    PoolClosedError,
    WorkerConfig,
    WorkerError,
    WorkerPool,
    WorkerStoppedError,
)

logger = logging.getLogger(__name__)

_INSPECTION_SECONDS = 30.0
_ORDER_DAYS = (("orders", "created_at"), ("orders", "paid_at"))
# Days that are planned, personal or set up beforehand say nothing about how fresh the data is.
_NOT_ACTIVITY = frozenset({"expires_at", "starts_at", "ends_at", "opened_on", "launched_on"})


@dataclass(slots=True)
class _Serving:
    """One opened version. `tables` and `snapshot` are read once: the file never changes."""

    ref: snapshots.SnapshotRef
    pool: WorkerPool
    tables: Mapping[str, TableInfo] | None = None
    snapshot: Snapshot | None = None


class DuckDBEngine:
    """`Engine` over a DuckDB file that follows the contract.

    `path` is a file, or a folder that `snapshots.publish` writes to. `limits.memory_mb` is shared by all workers and
    fixed when they start; the other limits come with each query. The first worker starts in the background at once.
    """

    dialect = "duckdb"

    def __init__(self, path: Path | str, *, workers: int = 2, limits: QueryLimits | None = None) -> None:
        self._path = Path(path)
        self._workers = max(1, workers)
        self._limits = limits or QueryLimits()
        self._lock = threading.Lock()
        self._serving = self._open(snapshots.resolve(self._path))
        self._finalizer = weakref.finalize(self, _close_pools, [self._serving.pool])

    def tables(self) -> Mapping[str, TableInfo]:
        """The physical tables that exist, with their columns.

        Raises:
            WarehouseError: the file can't be opened, or holds no table of the contract.
        """
        return self._tables_of(self._serving)

    def missing(self) -> Mapping[str, tuple[str, ...]]:
        """Contract table → its columns that this file lacks (all of them when the table is absent); {} when whole."""
        present = self.tables()
        gaps: dict[str, tuple[str, ...]] = {}
        for name, table in TABLES.items():
            columns = present[name].columns if name in present else {}
            if absent := tuple(column for column in table.columns if column not in columns):
                gaps[name] = absent
        return gaps

    def snapshot(self) -> Snapshot:
        """What data this engine serves now.

        `data_as_of` is the last day with an order created or paid; without orders, the last day of anything at all.

        Raises:
            WarehouseError: the file can't be read, or holds no dated row at all.
        """
        serving = self._serving
        if serving.snapshot is None:
            serving.snapshot = self._read_snapshot(serving)
        return serving.snapshot

    def run(self, sql: str, *, facade: Facade, limits: QueryLimits) -> QueryResult:
        """Run one SELECT against nothing but `facade`, in a worker that is killed when it passes `limits.seconds`."""
        request = {
            "operation": "run",
            "scope": facade.key,
            "views": dict(facade.views),
            "sql": sql,
            "max_rows": limits.max_rows,
            "max_bytes": limits.max_bytes,
        }
        reply = self._ask(self._serving, request, limits.seconds)
        return QueryResult(
            columns=tuple(reply["columns"]),
            rows=tuple(reply["rows"]),
            truncated=bool(reply["truncated"]),
            elapsed_ms=float(reply["elapsed_ms"]),
        )

    def reopen_if_changed(self) -> bool:
        """Serve the newly published version, if there is one; running queries finish on the old one.

        Costs one small file read. A new version that can't be opened is logged and not served.
        """
        ref = snapshots.resolve(self._path)
        with self._lock:
            if ref.id == self._serving.ref.id:
                return False
            fresh = self._open(ref)
            try:
                self._tables_of(fresh)
            except AppError:
                fresh.pool.close()
                logger.exception("snapshot.unreadable", extra={"snapshot": ref.id})
                return False
            old, self._serving = self._serving, fresh
            self._finalizer.detach()
            self._finalizer = weakref.finalize(self, _close_pools, [fresh.pool, old.pool])
        old.pool.retire()
        logger.info("snapshot.opened", extra={"snapshot": ref.id})
        return True

    def close(self) -> None:
        """Stop the workers and release the file; safe to call twice."""
        self._finalizer()

    def _open(self, ref: snapshots.SnapshotRef) -> _Serving:
        config = WorkerConfig(
            file=ref.path.resolve(),
            memory_mb=max(128, self._limits.memory_mb // self._workers),
            threads=min(4, os.cpu_count() or 1),
        )
        return _Serving(ref, WorkerPool(config, self._workers))

    def _tables_of(self, serving: _Serving) -> Mapping[str, TableInfo]:
        if serving.tables is None:
            # The engine compares names without case, so a file may write them as it likes.
            described = {
                table.lower(): {column.lower(): declared for column, declared in columns.items()}
                for table, columns in self._ask(serving, {"operation": "describe"}, _INSPECTION_SECONDS).items()
            }
            if not described.keys() & TABLES.keys():
                raise WarehouseError(
                    f"{serving.ref.path.name!r} holds none of the contract's tables",
                    hint="Load the source with `qianmian import`, or open a file that follows the contract.",
                    zh=f"{serving.ref.path.name!r} 里没有约定的任何一张表",
                    zh_hint="用 `qianmian import` 载入源数据,或打开符合约定的文件。",
                )
            serving.tables = {name: TableInfo(name, columns) for name, columns in described.items()}
        return serving.tables

    def _read_snapshot(self, serving: _Serving) -> Snapshot:
        tables = self._tables_of(serving)
        for candidates in (_ORDER_DAYS, _activity_days()):
            held = ((t, c, tables[t].columns.get(c)) for t, c in candidates if t in tables)
            columns = [(t, c, declared == "VARCHAR") for t, c, declared in held if declared is not None]
            if not columns:
                continue
            first, last = self._ask(serving, {"operation": "span", "columns": columns}, _INSPECTION_SECONDS)
            if first is not None and last is not None:
                return Snapshot(id=serving.ref.id, data_as_of=last, first_day=first)
        raise WarehouseError(
            f"{serving.ref.path.name!r} holds no dated row",
            hint="Load data with `qianmian import` or `qianmian demo`.",
            zh=f"{serving.ref.path.name!r} 里没有任何带日期的数据",
            zh_hint="用 `qianmian import` 载入数据,或用 `qianmian demo` 生成演示数据。",
        )

    def _ask(self, serving: _Serving, request: Mapping[str, Any], seconds: float) -> Any:
        try:
            return serving.pool.ask(request, seconds=seconds, queue_seconds=seconds)
        except PoolClosedError:
            with self._lock:
                newer = self._serving
            if newer is serving or not self._finalizer.alive:
                raise WarehouseError("the warehouse is closed", hint="Start the service again.") from None
            return self._ask(newer, request, seconds)  # a new snapshot was opened between the two steps
        except PoolBusyError:
            raise QueryStoppedError(
                f"every query worker was busy for {seconds:g} s", hint="Try again in a moment."
            ) from None
        except WorkerStoppedError as error:
            logger.warning("worker.stopped", extra={"reason": error.reason, "operation": request["operation"]})
            raise _stopped(error.reason, seconds) from None
        except WorkerError as error:
            logger.info("query.failed", extra={"category": error.category})
            _raise_for(error.category, serving.ref.path.name)


def _activity_days() -> Iterable[tuple[str, str]]:
    for table in TABLES.values():
        for column in table.columns:
            if column.endswith(("_at", "_on")) and column not in _NOT_ACTIVITY:
                yield table.name, column


def _close_pools(pools: list[WorkerPool]) -> None:
    for pool in pools:
        pool.close()


def _stopped(reason: str, seconds: float) -> QueryStoppedError:
    if reason == "time":
        return QueryStoppedError(
            f"the query passed its limit of {seconds:g} s and was stopped",
            hint="Ask for a shorter period or fewer breakdowns.",
        )
    return QueryStoppedError(
        "the query ended its worker, most likely by its use of memory",
        hint="Ask for a shorter period or fewer breakdowns.",
    )


def _raise_for(category: str, file: str) -> NoReturn:
    """Our words for a category; the engine's own never get here."""
    if category in _STATEMENT_PROBLEMS:
        message, hint = _STATEMENT_PROBLEMS[category]
        raise SqlRejectedError(message, hint=hint) from None
    if category == "memory":
        raise QueryStoppedError(
            "the query passed its memory limit and was stopped", hint="Ask for a shorter period or fewer breakdowns."
        ) from None
    message, hint = _FILE_PROBLEMS.get(category, _FILE_PROBLEMS["damaged"])
    zh, zh_hint = _FILE_PROBLEMS_ZH.get(category, _FILE_PROBLEMS_ZH["damaged"])
    raise WarehouseError(
        message.format(file=repr(file)), hint=hint, zh=zh.format(file=repr(file)), zh_hint=zh_hint
    ) from None


_STATEMENT_PROBLEMS: Mapping[str, tuple[str, str]] = {
    "statement": ("the warehouse did not accept the statement", "Check types and function arguments."),
    "name": ("the statement names a function or column that does not fit", "Check names and argument types."),
    "value": ("a value in the statement does not fit its type", "Check casts, dates and arithmetic; TRY_CAST helps."),
    "type": ("a result column is a list, a structure or bytes", "Select plain numbers, text, days and times."),
}
_FILE_PROBLEMS: Mapping[str, tuple[str, str]] = {
    "missing": ("the warehouse file {file} does not exist", "Check --warehouse."),
    "not_duckdb": ("{file} is not a DuckDB file", "Load other formats with `qianmian import`."),
    "version": ("{file} was written by another DuckDB version", "Export it there and load it with `qianmian import`."),
    "locked": (
        "{file} is being written by another program",
        "Close that program, or publish a snapshot and open that.",
    ),
    "damaged": ("{file} is damaged or truncated", "Restore it from a backup, or build it again."),
    "crashed": ("reading {file} failed inside the engine", "Run `qianmian doctor`; restore the file if it persists."),
}
_FILE_PROBLEMS_ZH: Mapping[str, tuple[str, str]] = {
    "missing": ("数据仓库文件 {file} 不存在", "检查 --warehouse;或用 `qianmian demo`、`qianmian import` 生成一个。"),
    "not_duckdb": ("{file} 不是 DuckDB 文件", "其他格式请用 `qianmian import` 载入。"),
    "version": ("{file} 由另一个版本的 DuckDB 写成", "在那边导出,再用 `qianmian import` 载入。"),
    "locked": ("{file} 正被另一个程序写入", "关闭那个程序,或发布一个快照再打开。"),
    "damaged": ("{file} 已损坏或不完整", "从备份恢复,或重新生成。"),
    "crashed": ("引擎读取 {file} 时出错", "运行 `qianmian doctor`;仍然出错就恢复文件。"),
}
