"""The process that runs SQL: killable, without secrets, and started as a plain script so that it is up in a moment.

It imports only the standard library and duckdb, holds one in-memory DuckDB instance, attaches the warehouse read-only
under an alias that it makes up and never tells, then shuts the door (no external access, configuration locked). Every
request runs on a connection of its own, in a read-only transaction, in an in-memory catalogue with nothing in it but
the façade's views. Catalogues are kept for the next request of the same scope, and dropped as soon as another scope
asks; the raw file stays attached, so its buffers stay warm. Replies hold plain values or a category word, never the
engine's own text.

Frames on the socket: 8 bytes of length (big-endian), then a pickle. The parent reads ours with an allow-list.
"""

import math
import os
import pickle
import queue
import resource
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import duckdb

_CHUNK_ROWS = 2_000
_FACADES_KEPT = 32
_CELL_BYTES = 16
_ADDRESS_SPACE_SPARE = 2 << 30
_NUMBERS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
) | {"FLOAT", "DOUBLE", "DECIMAL"}
_TIMES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
_AS_TEXT = frozenset({"TIME", "UUID", "INTERVAL"})
_PLAIN_TYPES = _NUMBERS | _TIMES | _AS_TEXT | {"BOOLEAN", "VARCHAR", "ENUM", '"NULL"'}

Request = Mapping[str, Any]
Reply = tuple[str, Any]


class _RefusedError(Exception):
    """Carries the category that the parent turns into words."""


class _Facades:
    """In-memory catalogues of views, all of one scope: nothing of another scope exists beside them."""

    def __init__(self, base: duckdb.DuckDBPyConnection, home: str) -> None:
        self._base = base
        self._home = home
        self._scope = ""
        self._kept: dict[tuple[tuple[str, str], ...], str] = {}

    def catalogue(self, scope: str, views: Mapping[str, str]) -> str:
        """The name of the catalogue that holds exactly `views`."""
        if scope != self._scope or len(self._kept) > _FACADES_KEPT:
            self._drop()
            self._scope = scope
        wanted = tuple(sorted(views.items()))
        if wanted not in self._kept:
            self._kept[wanted] = self._create(views)
        return self._kept[wanted]

    def _create(self, views: Mapping[str, str]) -> str:
        name = f"facade_{secrets.token_hex(8)}"
        self._base.execute(f"ATTACH ':memory:' AS {name}")
        try:
            for view, select in views.items():
                placed = select.replace('"{raw}"', self._home).replace("{raw}", self._home)
                self._base.execute(f"CREATE VIEW {name}.{_quoted(view)} AS {placed}")
        except BaseException:
            self._base.execute(f"DETACH DATABASE {name}")
            raise
        return name

    def _drop(self) -> None:
        names = list(self._kept.values())
        self._kept.clear()
        for name in names:
            self._base.execute(f"DETACH DATABASE IF EXISTS {name}")


class _Session:
    """One DuckDB instance over one read-only file."""

    def __init__(self, request: Request) -> None:
        self._raw = f"raw_{secrets.token_hex(16)}"
        self._base = duckdb.connect(config={"threads": int(request["threads"])})
        self._attach(str(request["file"]))
        self._schema = self._home_schema()
        self._facades = _Facades(self._base, f"{_quoted(self._raw)}.{_quoted(self._schema)}")
        self._shut_the_door(request)

    def _attach(self, file: str) -> None:
        quoted = file.replace("'", "''")
        self._base.execute(f"ATTACH '{quoted}' AS {self._raw} (READ_ONLY)")
        self._require_whole(file)

    def _require_whole(self, file: str) -> None:
        """A file that was cut still opens and answers from what is left: compare its length with what it claims."""
        claimed = self._base.execute(
            "SELECT total_blocks * block_size FROM pragma_database_size() WHERE database_name = ?", [self._raw]
        ).fetchone()
        if claimed is not None and os.path.getsize(file) < claimed[0]:
            raise _RefusedError("damaged")

    def _shut_the_door(self, request: Request) -> None:
        temporary = str(request["temporary"]).replace("'", "''")
        for name, value in (
            ("memory_limit", f"'{int(request['memory_mb'])}MB'"),
            ("temp_directory", f"'{temporary}'"),
            ("max_temp_directory_size", f"'{int(request['temporary_mb'])}MB'"),
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
            ("allow_community_extensions", "false"),
            ("enable_external_access", "false"),
            ("lock_configuration", "true"),
        ):
            self._base.execute(f"SET {name} = {value}")

    def _home_schema(self) -> str:
        """Where the tables are: the main schema, or the file's only other one when main is empty."""
        rows = self._base.execute(
            "SELECT DISTINCT schema_name FROM duckdb_columns() WHERE database_name = ? AND NOT internal", [self._raw]
        ).fetchall()
        names = [str(name) for (name,) in rows]
        return names[0] if len(names) == 1 else "main"

    def describe(self, _request: Request) -> dict[str, dict[str, str]]:
        """Table → column → type of the raw file's own schema."""
        rows = self._base.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns()"
            " WHERE database_name = ? AND schema_name = ? ORDER BY table_name, column_index",
            [self._raw, self._schema],
        ).fetchall()
        tables: dict[str, dict[str, str]] = {}
        for table, column, declared in rows:
            tables.setdefault(table, {})[column] = declared
        return tables

    def span(self, request: Request) -> tuple[Any, Any]:
        """First and last calendar day over (table, column) pairs; (None, None) when they hold no day."""
        parts = " UNION ALL ".join(
            f"SELECT min({value})::DATE AS low, max({value})::DATE AS high"  # noqa: S608 - quoted names
            f" FROM {self._raw}.{_quoted(self._schema)}.{_quoted(table)}"
            for table, column, is_text in request["columns"]
            # Text sorts as text and may be no day at all; real times keep their quick minimum.
            for value in (f"TRY_CAST({_quoted(column)} AS TIMESTAMP)" if is_text else _quoted(column),)
        )
        row = self._base.execute(f"SELECT min(low), max(high) FROM ({parts})").fetchone()  # noqa: S608 - quoted names
        return (row[0], row[1]) if row else (None, None)

    def run(self, request: Request) -> dict[str, Any]:
        """Columns, rows, whether rows were left out, and the engine's own milliseconds."""
        # A connection of its own: what a statement could leave behind (temporary tables, variables) ends with it.
        cursor = self._base.cursor()
        try:
            cursor.execute(f"USE {self._facades.catalogue(request['scope'], request['views'])}")
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            return _fetch(cursor, request)
        finally:
            cursor.close()


def _fetch(cursor: duckdb.DuckDBPyConnection, request: Request) -> dict[str, Any]:
    statements = cursor.extract_statements(request["sql"])
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise _RefusedError("statement")
    started = time.perf_counter()
    cursor.execute(statements[0])
    columns, converters = _shape(cursor)
    rows: list[tuple[Any, ...]] = []
    spent = 0
    truncated = False
    while not truncated and (chunk := cursor.fetchmany(_CHUNK_ROWS)):
        for raw_row in chunk:
            row = raw_row if converters is None else tuple(c(v) for c, v in zip(converters, raw_row, strict=True))
            spent += sum(len(value) if isinstance(value, str) else _CELL_BYTES for value in row)
            if len(rows) == request["max_rows"] or spent > request["max_bytes"]:
                truncated = True
                break
            rows.append(row)
    elapsed_ms = (time.perf_counter() - started) * 1000
    return {"columns": columns, "rows": rows, "truncated": truncated, "elapsed_ms": elapsed_ms}


def _shape(cursor: duckdb.DuckDBPyConnection) -> tuple[list[str], list[Callable[[Any], Any]] | None]:
    """Column names, and one converter per column (None when every value is plain already)."""
    names: list[str] = []
    converters: list[Callable[[Any], Any]] = []
    for name, declared, *_ in cursor.description or ():
        kind = str(declared)
        base = kind.partition("(")[0].strip()
        if "[" in kind or base not in _PLAIN_TYPES:
            raise _RefusedError("type")
        names.append(name)
        converters.append(_as_text if base in _AS_TEXT else _finite if base in ("FLOAT", "DOUBLE") else _same)
    return names, converters if any(c is not _same for c in converters) else None


def _same(value: Any) -> Any:
    return value


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)


def _finite(value: float | None) -> float | None:
    """NaN and infinity have no JSON number and no meaning to a marketer."""
    return value if value is not None and math.isfinite(value) else None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


_CATEGORIES: tuple[tuple[type[BaseException], str], ...] = (
    (duckdb.OutOfMemoryException, "memory"),
    (MemoryError, "memory"),
    (duckdb.IOException, "damaged"),
    (duckdb.SerializationException, "damaged"),
    (duckdb.InternalException, "crashed"),
    (duckdb.FatalException, "crashed"),
    (duckdb.ConversionException, "value"),
    (duckdb.OutOfRangeException, "value"),
    (duckdb.InvalidInputException, "value"),
    (duckdb.CatalogException, "name"),
    (duckdb.Error, "statement"),
)


def _category(error: BaseException) -> str:
    if isinstance(error, _RefusedError):
        return str(error)
    return next((word for kind, word in _CATEGORIES if isinstance(error, kind)), "crashed")


def _opening_category(error: duckdb.Error) -> str:
    """Why the file can't be opened. The engine's words are read here and go no further."""
    text = str(error).lower()
    if "lock" in text:
        return "locked"
    if "not a valid duckdb" in text:
        return "not_duckdb"
    if "version" in text:
        return "version"
    return "missing" if "does not exist" in text else "damaged"


def _open(request: Request) -> tuple[_Session | None, Reply]:
    try:
        session = _Session(request)
        _limit_address_space(int(request["memory_mb"]))
        return session, ("ok", None)
    except _RefusedError as error:
        return None, ("error", str(error))
    except duckdb.Error as error:
        return None, ("error", _opening_category(error))


def _limit_address_space(memory_mb: int) -> None:
    """A backstop for what DuckDB's own limit does not count; well above it, since DuckDB reserves more than it uses."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _mapped_bytes() + 2 * (memory_mb << 20) + _ADDRESS_SPACE_SPARE
    if hard == resource.RLIM_INFINITY or wanted < hard:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _mapped_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[0]) * resource.getpagesize()
    except OSError:  # no /proc: leave the address space as generous as a 64-bit process expects
        return 64 << 30


def _answer(session: _Session, request: Request) -> Reply:
    operations: dict[str, Callable[[Request], Any]] = {
        "run": session.run,
        "describe": session.describe,
        "span": session.span,
    }
    try:
        return "ok", operations[request["operation"]](request)
    except Exception as error:  # noqa: BLE001 - worker loop: whatever happened leaves as a category
        return "error", _category(error)


def _read_requests(stream: socket.socket, requests: "queue.SimpleQueue[Request]") -> None:
    """Runs beside the query, so that the process ends at once when its parent does, whatever the query is doing."""
    while (request := _receive(stream)) is not None:
        requests.put(request)
    os._exit(0)


def _receive(stream: socket.socket) -> Any:
    """The next frame, or None at the end of the stream."""
    header = _exactly(stream, 8)
    body = _exactly(stream, int.from_bytes(header, "big")) if header else None
    return pickle.loads(body) if body else None  # noqa: S301 - the sender is our own parent process


def _exactly(stream: socket.socket, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        try:
            part = stream.recv(min(size - len(parts), 1 << 20))
        except OSError:
            return None
        if not part:
            return None
        parts += part
    return bytes(parts)


def _send(stream: socket.socket, message: Any) -> None:
    body = pickle.dumps(message, protocol=5)
    stream.sendall(len(body).to_bytes(8, "big"))
    stream.sendall(body)


def main(descriptor: int) -> None:
    """Serve requests on the inherited socket until its other end closes."""
    stream = socket.socket(fileno=descriptor)
    requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(stream, requests), daemon=True).start()
    session, reply = _open(requests.get())
    _send(stream, reply)
    while session is not None:
        _send(stream, _answer(session, requests.get()))
    threading.Event().wait()  # nothing to serve: the parent has read why and ends us


if __name__ == "__main__":
    main(int(sys.argv[1]))
