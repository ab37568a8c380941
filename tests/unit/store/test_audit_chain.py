"""What was written stays as it was written; what was changed anyway is noticed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.store.database import SqlStore, open_store

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    opened = open_store(f"sqlite:///{path}")
    with opened.writing() as kept:
        for number in range(5):
            kept.audit.append(actor=f"a{number}", action="choice.remembered", object=f"choice:t{number}", now=NOW)
    yield opened
    opened.close()


FORGED = (
    "SELECT number, at, 'x', action, object, before_hash, after_hash, previous, hash FROM audit_entries"
    " WHERE number = 2"
)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entries SET actor = 'x' WHERE number = 2", "DELETE FROM audit_entries WHERE number = 5",
     "DELETE FROM audit_entries", "DELETE FROM audit_head", "UPDATE audit_head SET number = 1",
     f"REPLACE INTO audit_entries {FORGED}", f"INSERT INTO audit_entries {FORGED.replace('number,', '9,')}"],
)  # fmt: skip
def test_the_database_itself_refuses_to_change_the_past(store: SqlStore, path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    with store.reading() as kept:
        assert kept.audit.verify().is_intact


_TURN_BACK = "UPDATE audit_entries SET number = -number WHERE number < 0"
CHANGES: dict[str, tuple[tuple[str, ...], str]] = {
    "actor edited": (("UPDATE audit_entries SET actor = 'x' WHERE number = 2",), "entry 2 was changed"),
    "time edited": (("UPDATE audit_entries SET at = '2020-01-01 00:00:00' WHERE number = 4",), "entry 4 was changed"),
    "hash edited": ((f"UPDATE audit_entries SET hash = '{'1' * 64}' WHERE number = 3",), "entry 3 was changed"),
    "hash added": ((f"UPDATE audit_entries SET after_hash = '{'1' * 64}' WHERE number = 3",), "entry 3 was changed"),
    "first removed": (("DELETE FROM audit_entries WHERE number = 1",), "entry 1 is missing"),
    "middle removed": (("DELETE FROM audit_entries WHERE number = 3",), "entry 3 is missing"),
    "last removed": (("DELETE FROM audit_entries WHERE number = 5",), "the chain ends at entry 4"),
    "all removed": (("DELETE FROM audit_entries",), "the chain ends at entry 0"),
    "reordered": (
        ("UPDATE audit_entries SET number = CASE number WHEN 2 THEN -3 ELSE -2 END WHERE number IN (2, 3)", _TURN_BACK),
        "entry 2 does not follow entry 1",
    ),
    "removed and renumbered": (
        (
            "DELETE FROM audit_entries WHERE number = 2",
            "UPDATE audit_entries SET number = -(number - 1) WHERE number > 2",
            _TURN_BACK,
        ),
        "entry 2 does not follow entry 1",
    ),
    "slipped in": (
        (f"INSERT INTO audit_entries {FORGED.replace('SELECT number', 'SELECT 6')}",),
        "entry 6 does not follow entry 5",
    ),
    "head removed": (("DELETE FROM audit_head",), "the log ended at an unknown one"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_behind_the_triggers_is_noticed(store: SqlStore, path: Path, name: str) -> None:
    statements, problem = CHANGES[name]
    with closing(sqlite3.connect(path)) as connection:
        triggers = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        assert len(triggers) == 5
        for statement in (*(f"DROP TRIGGER {trigger}" for trigger in triggers), *statements):
            connection.execute(statement)
        connection.commit()
    with store.reading() as kept:
        report = kept.audit.verify()
    assert not report.is_intact
    assert problem in report.problem


def test_the_chain_goes_on_after_a_restart(store: SqlStore, path: Path) -> None:
    store.close()
    again = open_store(f"sqlite:///{path}")
    with again.writing() as kept:
        assert kept.audit.append(actor="b", action="x.done", object="x", now=NOW).number == 6
        assert kept.audit.verify().is_intact
    again.close()


def test_a_reading_writes_nothing(store: SqlStore) -> None:
    def write_while_reading() -> None:
        with store.reading() as kept:
            kept.audit.append(actor="b", action="x.done", object="x", now=NOW)

    with pytest.raises(StoreError):
        write_while_reading()
    with store.writing() as kept:  # the same pooled connection can write again
        assert kept.audit.verify().entries == 5
        kept.audit.append(actor="b", action="x.done", object="x", now=NOW)
