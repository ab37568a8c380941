"""Recent results, bounded by bytes. A key holds everything that could change the answer."""

import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Who may read what (scope and policy version), of which data, by which statement, within which caps."""

    scope: str
    snapshot: str
    sql: str
    caps: tuple[int, int]
    people_column: str | None = None


class BoundedCache(Generic[Value]):
    """Least recently used out first. Safe to use from several threads."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[CacheKey, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: CacheKey) -> Value | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: CacheKey, value: Value, size: int) -> None:
        """Keep `value`, unless it alone would take more than a quarter of the space."""
        if size * 4 > self._max_bytes:
            return
        with self._lock:
            _, old = self._entries.pop(key, (None, 0))
            self._entries[key] = (value, size)
            self._bytes += size - old
            while self._bytes > self._max_bytes:
                _, (_, freed) = self._entries.popitem(last=False)
                self._bytes -= freed

    def __len__(self) -> int:
        return len(self._entries)


def size_of(rows: tuple[tuple[object, ...], ...]) -> int:
    """Roughly the bytes that the rows hold."""
    return sum(64 + sum(sys.getsizeof(cell) for cell in row) for row in rows)
