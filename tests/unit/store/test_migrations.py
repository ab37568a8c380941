"""A database of any earlier version becomes this version's without losing a row; one of a later version is refused."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, BigInteger, Column, Engine, Integer, create_engine, event, insert, inspect, select

import app.store
from app.core.actor import Actor
from app.core.errors import ConfigurationError, StoreError
from app.store.database import open_store
from app.store.migrate import HEAD, current_revision, upgrade
from app.store.models import UtcMoment, metadata

MIGRATIONS = Path(app.store.__file__).parent / "migrations"
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()][::-1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.db"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{path}")
    yield made
    made.dispose()


def test_the_program_expects_the_newest_step() -> None:
    assert revisions()[-1] == HEAD
    assert revisions() == sorted(revisions())


def test_no_step_goes_back() -> None:
    files = sorted((MIGRATIONS / "versions").glob("v*.py"))
    assert len(files) == len(revisions())
    assert [file.name for file in files if "def downgrade" in file.read_text(encoding="utf-8")] == []


def test_the_steps_make_the_tables_that_the_program_uses(path: Path, engine: Engine) -> None:
    open_store(f"sqlite:///{path}").close()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert current_revision(connection) == HEAD


def sample(column: Column) -> object:
    if column.nullable:
        return None
    if column.name == "brand_scope":
        return "*"
    return {UtcMoment: NOW, JSON: [], Integer: 1, BigInteger: 1}.get(type(column.type), "s")


@pytest.mark.parametrize("revision", revisions())
def test_rows_of_an_earlier_version_are_all_there_afterwards(path: Path, engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        upgrade(connection, revision)
        there = set(inspect(connection).get_table_names())
        old = [table for table in metadata.sorted_tables if table.name in there and table.name != "audit_head"]
        for table in old:
            connection.execute(insert(table).values({column.name: sample(column) for column in table.columns}))
        before = {table.name: connection.execute(select(table)).all() for table in old}
    open_store(f"sqlite:///{path}").close()
    with engine.connect() as connection:
        assert {table.name: connection.execute(select(table)).all() for table in old} == before
        assert current_revision(connection) == HEAD
    assert len(before) >= 5


def test_a_database_that_is_newer_than_the_program_is_refused_and_untouched(path: Path) -> None:
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer") as caught:
        open_store(f"sqlite:///{path}")
    assert "newer version" in caught.value.hint
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_a_step_that_fails_leaves_the_database_as_it_was(path: Path, engine: Engine) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE turns (mine TEXT)")  # in the way of the second step
    with pytest.raises(StoreError):
        open_store(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["turns"]


def test_programs_that_start_together_migrate_once(path: Path) -> None:
    def start(number: int) -> int:
        store = open_store(f"sqlite:///{path}")
        with store.writing() as kept:
            kept.audit.append(actor=str(number), action="x.done", object="x", now=NOW)
        store.close()
        return number

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(start, range(6))) == list(range(6))
    store = open_store(f"sqlite:///{path}")
    with store.reading() as kept:
        assert (kept.audit.verify().entries, kept.audit.verify().problem) == (6, "")
    store.close()


# opening -------------------------------------------------------------------------------------------------------------
def test_only_the_owner_may_read_the_file(path: Path) -> None:
    store = open_store(f"sqlite:///{path.parent / 'new' / 'app.db'}")
    with store.writing() as kept:
        kept.choices.remember(Actor("a"), "t", "s", NOW)
    rights = {file.name: oct(file.stat().st_mode & 0o777) for file in (path.parent / "new").glob("app*")}
    assert rights == {"app.db": "0o600", "app.db-wal": "0o600", "app.db-shm": "0o600"}
    store.close()


@pytest.mark.parametrize(
    "content", [b"not a database at all, just text " * 100, b"SQLite format 3\x00" + b"\xff" * 2000]
)
def test_a_damaged_file_says_so(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"damaged|can't be used"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_a_folder_that_can_not_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="can't be opened"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'app.db'}")


@pytest.mark.parametrize("url", ["mysql://u:hush@h/d", "nonsense", "sqlite://", "", "oracle+x://u:hush@h"])
def test_another_kind_of_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store(url)
    assert "hush" not in str(caught.value)


def test_a_writer_that_waits_too_long_is_told_that_it_is_busy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.database._BUSY_SECONDS", 0.05)
    store = open_store(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="busy"), store.writing():
            pass
        with store.reading() as kept:  # readers never wait
            assert kept.choices.of(Actor("a")) == {}
    store.close()


def test_an_error_of_the_database_carries_no_content(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")

    @event.listens_for(store.engine, "before_cursor_execute")
    def break_it(conn, cursor, statement, parameters, context, executemany):
        if "INSERT INTO choices" in statement:
            raise sqlite3.OperationalError("database disk image is malformed: 13800000000")

    with pytest.raises(StoreError) as caught, store.writing() as kept:
        kept.choices.remember(Actor("a"), "t", "s", NOW)
    assert "13800000000" not in f"{caught.value} {caught.value.hint}"
    store.close()
