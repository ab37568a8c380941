# ruff: noqa: S608 - identifiers are quoted by `quoted`, values by `literal` or parameters
"""Checked tables → one new snapshot file with every contract table: alone (replace), or on the current one (append)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from app.core.errors import ImportRejectedError
from app.ingest.checks import MONEY
from app.ingest.expressions import literal, quoted
from app.ingest.work import Workbench
from app.warehouse.contract import CONTRACT_SQL, TABLES

_OWNED_BY: Mapping[str, str] = {"order_items": "order_id"}
"""A new version of the owner brings all its rows: lines that the new version of an order no longer has must go."""


@dataclass(frozen=True, slots=True)
class TableCounts:
    """One table of the built snapshot."""

    rows: int
    kept: int
    """Rows of the earlier snapshot that stand as they were."""
    added: int
    updated: int
    amount: Decimal | None
    """Sum of the table's money column over all its rows."""


def build_snapshot(bench: Workbench, target: Path, *, old: str | None) -> dict[str, TableCounts]:
    """Write every contract table to the new file `target`, and close it.

    Args:
        bench: holds `new_TABLE` for each mapped table.
        target: does not exist yet.
        old: alias of the attached snapshot to add to; None = the new rows are everything.
    """
    bench.run(f"ATTACH {literal(str(target))} AS built")
    home = bench.value("SELECT current_database()")
    bench.run("USE built")
    bench.run(CONTRACT_SQL)
    bench.run(f"USE {quoted(home)}")
    counts = {name: _fill(bench, f"{quoted(home)}.main", name, old) for name in TABLES}
    bench.run("CHECKPOINT built")
    bench.run("DETACH built")
    return counts


def _fill(bench: Workbench, home: str, name: str, old: str | None) -> TableCounts:
    columns = ", ".join(map(quoted, TABLES[name].columns))
    mapped = name in bench.loaded.spec.tables
    new = f"{home}.new_{name}"
    kept = _insert_old(bench, name, columns, new if mapped else None, old) if old else 0
    added = updated = 0
    if mapped:
        fresh = int(bench.value(f"SELECT count(*) FROM {new}"))
        updated = _replaced(bench, name, new, old) if old else 0
        added = fresh - updated
        bench.run(f"INSERT INTO built.{quoted(name)} ({columns}) SELECT {columns} FROM {new} ORDER BY {_order(name)}")
    return TableCounts(kept + added + updated, kept, added, updated, _amount(bench, f"built.{quoted(name)}", name))


def _insert_old(bench: Workbench, name: str, columns: str, new: str | None, old: str) -> int:
    source = f"{old}.{quoted(name)}"
    keep = "TRUE"
    if new:
        same = _same_key(name, "o", "n")
        keep = f"NOT EXISTS (SELECT 1 FROM {new} n WHERE {same})"
        if owner := _OWNED_BY.get(name):
            keep = f"o.{quoted(owner)} NOT IN (SELECT {quoted(owner)} FROM {new})"
    bench.run(f"INSERT INTO built.{quoted(name)} ({columns}) SELECT {columns} FROM {source} o WHERE {keep}")
    return int(bench.value(f"SELECT count(*) FROM built.{quoted(name)}"))


def _replaced(bench: Workbench, name: str, new: str, old: str) -> int:
    same = _same_key(name, "o", "n")
    return int(
        bench.value(f"SELECT count(*) FROM {new} n WHERE EXISTS (SELECT 1 FROM {old}.{quoted(name)} o WHERE {same})")
    )


def _same_key(name: str, left: str, right: str) -> str:
    return " AND ".join(f"{left}.{quoted(c)} = {right}.{quoted(c)}" for c in TABLES[name].primary_key)


def _order(name: str) -> str:
    """By time where a table has one, so that a question about a month reads few blocks."""
    table = TABLES[name]
    times = [column for column, kind in table.columns.items() if kind in {"TIMESTAMP", "DATE"}]
    keys = [*times[:1], "_id"] if times else ["_id"]
    return ", ".join(quoted(column) for column in keys)


def _amount(bench: Workbench, relation: str, name: str) -> Decimal | None:
    if name not in MONEY:
        return None
    return Decimal(bench.value(f"SELECT coalesce(sum({quoted(MONEY[name])}), 0) FROM {relation}"))


def verify_snapshot(path: Path, expected: Mapping[str, TableCounts]) -> None:
    """Reopen the closed file read-only and compare row counts, keys and money with what was to be written.

    Raises:
        ImportRejectedError: the file is not what was built.
    """
    connection = duckdb.connect(str(path), read_only=True)
    try:
        wrong = [name for name, counts in expected.items() if not _matches(connection, name, counts)]
    finally:
        connection.close()
    if wrong:
        raise ImportRejectedError(
            f"the built file does not hold what was loaded ({', '.join(wrong)})",
            hint="The disk may be failing; the previous snapshot keeps serving. Import again.",
            reason="verification_failed",
        )


def _matches(connection: duckdb.DuckDBPyConnection, name: str, counts: TableCounts) -> bool:
    keys = ", ".join(map(quoted, TABLES[name].primary_key))
    money = f"coalesce(sum({quoted(MONEY[name])}), 0)" if name in MONEY else "NULL"
    row = connection.execute(f"SELECT count(*), count(DISTINCT ({keys})), {money} FROM {quoted(name)}").fetchall()[0]
    return row == (counts.rows, counts.rows, counts.amount)
