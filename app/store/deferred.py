"""A store that is opened by its first use, so that a question that needs no memory does not pay for a database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.flows.memory import Repositories

if TYPE_CHECKING:
    from app.store.database import SqlStore

_SQLITE = "sqlite:///"


@dataclass(slots=True)
class DeferredStore:
    """`Store` at `url`, connected and migrated at the first transaction."""

    url: str
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _opened: "SqlStore | None" = field(default=None, repr=False)

    @property
    def holds_something(self) -> bool:
        """False while there is no SQLite file yet; a server may always hold something."""
        return self._opened is not None or not self.url.startswith(_SQLITE) or self._path().exists()

    @contextmanager
    def reading(self) -> Iterator[Repositories]:
        with self.open().reading() as repositories:
            yield repositories

    @contextmanager
    def writing(self) -> Iterator[Repositories]:
        with self.open().writing() as repositories:
            yield repositories

    def open(self) -> "SqlStore":
        """Connect and migrate now; a server does so at its start, to fail then and not at the first question."""
        with self._lock:
            if self._opened is None:
                from app.store.database import open_store  # noqa: PLC0415 - imports SQLAlchemy

                self._opened = open_store(self.url)
            return self._opened

    def close(self) -> None:
        """Close what was opened."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _path(self) -> Path:
        return Path(self.url.removeprefix(_SQLITE).partition("?")[0])
