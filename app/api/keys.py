"""API keys: random 256-bit secrets of which only the SHA-256 is kept, in a small SQLite file that only its owner reads.

A key says who is asking: which brands' rows are visible, whose house definitions apply, and what may be called. A plain
SHA-256 is enough because the secret itself is random: there is nothing to guess.
"""

import hashlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from app.core.actor import Actor, Role
from app.core.clock import Clock, system_clock
from app.core.errors import NotFoundError
from app.core.ids import new_id

_SCHEMA = """
CREATE TABLE IF NOT EXISTS api_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  secret_sha256 TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  brand_ids TEXT,
  department TEXT,
  created_at TEXT NOT NULL,
  revoked_at TEXT
)
"""


class Scope(StrEnum):
    """What a key may call. `admin` includes the others."""

    ASK = "ask"
    READ = "read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret."""

    id: str
    name: str
    scopes: frozenset[Scope]
    brand_ids: frozenset[str] | None = None
    """Brands whose rows are visible; None = every brand."""
    department: str | None = None
    created_at: datetime | None = None
    revoked_at: datetime | None = None
    actor: Actor = field(init=False)

    def __post_init__(self) -> None:
        roles = frozenset(Role) if Scope.ADMIN in self.scopes else frozenset({Role.ANALYST})
        actor = Actor(id=self.id, roles=roles, brand_ids=self.brand_ids, department=self.department)
        object.__setattr__(self, "actor", actor)

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes


class KeyStore:
    """The keys of one installation. Every call opens its own connection: safe from any thread or process."""

    def __init__(self, path: Path, *, clock: Clock = system_clock) -> None:
        self._path = path
        self._clock = clock
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Created here, so that the file never exists with wider rights than this.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(_SCHEMA)

    def create(
        self,
        name: str,
        *,
        scopes: Iterable[Scope] = (Scope.ASK, Scope.READ),
        brand_ids: Iterable[str] | None = None,
        department: str | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its secret. The secret is returned this once and can't be read again."""
        secret = f"qm_{secrets.token_urlsafe(32)}"
        key = ApiKey(
            id=new_id("key"),
            name=name,
            scopes=frozenset(scopes),
            brand_ids=None if brand_ids is None else frozenset(brand_ids),
            department=department,
            created_at=self._clock(),
        )
        with self._connection() as connection:
            _insert(connection, key, secret)
        return key, secret

    def ensure_first(self) -> str | None:
        """The secret of a first key with every scope, if there was no key at all; else None.

        Two processes that start together make one key: the check and the insert are one transaction.
        """
        secret = f"qm_{secrets.token_urlsafe(32)}"
        key = ApiKey(id=new_id("key"), name="first key", scopes=frozenset(Scope), created_at=self._clock())
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("SELECT 1 FROM api_key LIMIT 1").fetchone():
                return None
            _insert(connection, key, secret)
        return secret

    def verify(self, secret: str) -> ApiKey | None:
        """The key that `secret` belongs to, or None if it is unknown or revoked."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT * FROM api_key WHERE secret_sha256 = ? AND revoked_at IS NULL", (_digest(secret),)
            ).fetchone()
        return _key(row) if row else None

    def find(self, key_id: str) -> ApiKey | None:
        """The key with this id while it is not revoked."""
        with self._connection() as connection:
            row = connection.execute("SELECT * FROM api_key WHERE id = ? AND revoked_at IS NULL", (key_id,)).fetchone()
        return _key(row) if row else None

    def all(self) -> tuple[ApiKey, ...]:
        """Every key, oldest first, revoked ones included."""
        with self._connection() as connection:
            rows = connection.execute("SELECT * FROM api_key ORDER BY created_at, id").fetchall()
        return tuple(_key(row) for row in rows)

    def revoke(self, key_id: str) -> None:
        """Make the key useless from now on.

        Raises:
            NotFoundError: there is no such key, or it is revoked already.
        """
        with self._connection() as connection:
            changed = connection.execute(
                "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                (self._clock().isoformat(), key_id),
            ).rowcount
        if not changed:
            raise NotFoundError(f"there is no active key {key_id!r}", hint="list the keys to see their ids")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=5.0)
        connection.row_factory = sqlite3.Row
        try:
            with connection:
                yield connection
        finally:
            connection.close()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _insert(connection: sqlite3.Connection, key: ApiKey, secret: str) -> None:
    connection.execute(
        "INSERT INTO api_key (id, name, secret_sha256, scopes, brand_ids, department, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            key.id,
            key.name,
            _digest(secret),
            json.dumps(sorted(key.scopes)),
            None if key.brand_ids is None else json.dumps(sorted(key.brand_ids)),
            key.department,
            key.created_at.isoformat() if key.created_at else "",
        ),
    )


def _key(row: sqlite3.Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        scopes=frozenset(Scope(scope) for scope in json.loads(row["scopes"])),
        brand_ids=None if row["brand_ids"] is None else frozenset(json.loads(row["brand_ids"])),
        department=row["department"],
        created_at=datetime.fromisoformat(row["created_at"]),
        revoked_at=datetime.fromisoformat(row["revoked_at"]) if row["revoked_at"] else None,
    )
