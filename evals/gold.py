"""Gold SQL → expected rows, run side by side and kept by (statement, warehouse)."""

import hashlib
import json
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from evals.cells import Cell, plain

VIEWS = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "jargon_oracle" / "views.sql"
_NAMED = ("brands", "stores", "guides", "products", "campaigns")
Rows = tuple[tuple[Cell, ...], ...]


class GoldError(Exception):
    """A gold statement does not run: the case is wrong, not the answer."""


class Gold:
    """Runs gold SQL on one warehouse, read-only, with the views of the definitions. Safe to call from many threads."""

    def __init__(self, warehouse: Path, cache: Path | None = None) -> None:
        """Open `warehouse`; results are read from and, by `close`, written to `cache`."""
        self._cache = cache
        self._known: dict[str, list[list[Cell]]] = _read(cache)
        self._lock = threading.Lock()
        self._names: dict[str, str] | None = None
        self._connection = _open(warehouse)

    def rows(self, sql: str) -> Rows:
        """The rows of `sql`, cells as `plain`.

        Raises:
            GoldError: it does not run.
        """
        key = hashlib.sha256(sql.encode()).hexdigest()[:24]
        if key not in self._known:
            try:
                found = self._connection.cursor().execute(sql).fetchall()
            except duckdb.Error as error:
                raise GoldError(str(error)) from error
            with self._lock:
                self._known[key] = [[plain(cell) for cell in row] for row in found]
        return tuple(tuple(row) for row in self._known[key])

    def names(self) -> dict[str, str]:
        """Id → name of brands, stores, guides, goods and campaigns: an answer may show either."""
        if self._names is None:
            selects = (f"SELECT {table[:-1]}_id, name FROM {table}" for table in _NAMED)
            found = self._connection.cursor().execute(" UNION ALL ".join(selects)).fetchall()
            self._names = {str(each): str(name) for each, name in found if each is not None and name is not None}
        return self._names

    def run_all(self, statements: Iterable[str], threads: int = 2) -> dict[str, str]:
        """Run them ahead, in threads; returns statement → error for those that do not run."""

        def attempt(sql: str) -> str | None:
            try:
                self.rows(sql)
            except GoldError as error:
                return str(error)
            return None

        distinct = list(dict.fromkeys(statements))
        with ThreadPoolExecutor(threads) as pool:
            return {sql: error for sql, error in zip(distinct, pool.map(attempt, distinct), strict=True) if error}

    def close(self) -> None:
        """Keep the results and let go of the file."""
        self._connection.close()
        if self._cache is not None:
            draft = self._cache.with_suffix(".part")
            draft.write_text(json.dumps(self._known, ensure_ascii=False), encoding="utf-8")
            draft.replace(self._cache)


def _open(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """A catalogue of views over the read-only file: temporary views would be seen by one cursor only."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute("ATTACH '{}' AS warehouse (READ_ONLY)".format(str(warehouse).replace("'", "''")))
    held = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'warehouse'").fetchall()
    for (table,) in held:
        connection.execute(f'CREATE VIEW "{table}" AS FROM warehouse.main."{table}"')
    connection.execute(VIEWS.read_text(encoding="utf-8"))
    return connection


def _read(cache: Path | None) -> dict[str, list[list[Cell]]]:
    if cache is None or not cache.exists():
        return {}
    known: dict[str, list[list[Cell]]] = json.loads(cache.read_text(encoding="utf-8"))
    return known
