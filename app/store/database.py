"""One app database: connections, transactions, and what goes wrong with them in words."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from json import dumps
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, OperationalError

from app.core.errors import ConfigurationError, StoreError
from app.flows.memory import Repositories
from app.store.audit import SqlAudit
from app.store.choices import SqlChoices
from app.store.conversations import SqlConversations
from app.store.feedback import SqlFeedback
from app.store.migrate import migrate
from app.store.proposals import SqlProposals
from app.store.verified import SqlVerified

_BUSY_SECONDS = 10
_MOST_CONNECTIONS = 64
_WRITES = "qianmian_writes"


@dataclass(frozen=True, slots=True)
class SqlRepositories:
    """`Repositories` over one transaction."""

    choices: SqlChoices
    verified: SqlVerified
    feedback: SqlFeedback
    proposals: SqlProposals
    conversations: SqlConversations
    audit: SqlAudit

    @staticmethod
    def over(connection: Connection) -> "SqlRepositories":
        return SqlRepositories(
            SqlChoices(connection),
            SqlVerified(connection),
            SqlFeedback(connection),
            SqlProposals(connection),
            SqlConversations(connection),
            SqlAudit(connection),
        )


@dataclass(frozen=True, slots=True)
class SqlStore:
    """`Store` over SQLite or PostgreSQL."""

    engine: Engine

    @property
    def holds_something(self) -> bool:
        return True

    @contextmanager
    def reading(self) -> Iterator[Repositories]:
        options: dict[str, Any] = {_WRITES: False}
        if self.engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._transaction(options) as connection:
            yield SqlRepositories.over(connection)

    @contextmanager
    def writing(self) -> Iterator[Repositories]:
        with self._transaction({_WRITES: True}) as connection:
            yield SqlRepositories.over(connection)

    def migrate(self) -> None:
        """Bring the database to the schema of this program."""
        with self._transaction({_WRITES: True}) as connection:
            migrate(connection)

    def close(self) -> None:
        """Close every connection that is idle."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, options: dict[str, Any]) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection, connection.execution_options(**options).begin():
                yield connection
        except IntegrityError:
            raise  # our own mistake, not the database's state
        except (OperationalError, DatabaseError) as error:
            raise _unavailable(error) from error


def open_store(url: str) -> SqlStore:
    """The store at `url`, on the schema of this program; a SQLite file is made when it is not there.

    Raises:
        ConfigurationError: the address can't be read, or its driver is not installed.
        StoreError: the database can't be opened, or is newer than this program.
    """
    address = _address(url)
    if address.get_backend_name() != "sqlite":
        return _migrated(SqlStore(_engine(address)))
    with _opening(Path(address.database or "")):
        return _migrated(SqlStore(_engine(address)))


def _migrated(store: SqlStore) -> SqlStore:
    try:
        store.migrate()
    except BaseException:
        store.close()
        raise
    return store


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError(
            "QIANMIAN_DATABASE_URL is no database address", hint="for example postgresql://user:password@host/qianmian"
        ) from error
    if address.drivername in ("postgres", "postgresql"):
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername not in ("sqlite", "postgresql+psycopg") or (
        address.drivername == "sqlite" and not address.database
    ):
        raise ConfigurationError(
            f"the app database can't be a {address.drivername!r}", hint="use sqlite:///FILE or postgresql://…"
        )
    return address


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """The file is there, readable by its owner only, and opened by one program at a time.

    The lock is for the first opening: switching an empty file to WAL fails at once while another does the same.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = path.with_name(f".{path.name}.lock").open("a")
    except OSError as error:
        raise _unopenable(path, error) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            # Made before SQLite does, so that it never exists with wider rights; WAL and its index take them over.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            pass  # never opened here a second time: closing it would drop the locks of this process's connections
        except OSError as error:
            raise _unopenable(path, error) from error
        yield


def _unopenable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the app database {path.name!r} can't be opened ({error.strerror or 'disk error'})",
        hint="check that the data folder exists, is writable and has free space",
    )


def _engine(address: URL) -> Engine:
    to_json = partial(dumps, ensure_ascii=False)
    if address.get_backend_name() != "sqlite":
        try:
            return create_engine(
                address,
                json_serializer=to_json,
                hide_parameters=True,
                pool_pre_ping=True,
                max_overflow=_MOST_CONNECTIONS,
            )
        except ImportError as error:
            raise ConfigurationError(
                "PostgreSQL needs its driver", hint="install it: pip install 'qianmian[postgres]'"
            ) from error
    engine = create_engine(
        address,
        json_serializer=to_json,
        hide_parameters=True,
        connect_args={"timeout": _BUSY_SECONDS},
        max_overflow=_MOST_CONNECTIONS,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late for a consistent read; see below
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):  # with WAL readers never wait for the writer
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    # A writer takes the lock at once: one that reads first and then writes would fail instead of waiting its turn.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _unavailable(error: DatabaseError) -> StoreError:
    text = str(error.orig).lower()
    if "locked" in text or "busy" in text:
        return StoreError("the app database is busy", hint="try again in a moment")
    if "full" in text or "i/o" in text:
        return StoreError("the app database can't be written: the disk is full or failing", hint="free some space")
    if "malformed" in text or "not a database" in text:
        return StoreError("the app database file is damaged", hint="restore it from a backup, or move it away")
    return StoreError("the app database can't be used", hint="check that it is reachable and that its file is readable")
