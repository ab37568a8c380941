"""The semantic model of the warehouse that serves now: the files' model, and what only the data can tell."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.core.actor import LOCAL_OPERATOR
from app.flows.ports import Executor
from app.flows.vocabulary import cache_key, load_tags
from app.semantic.model import SemanticModel
from app.semantic.tags import with_tags
from app.warehouse.engine import Snapshot


@dataclass(slots=True)
class LiveModel:
    """Adds the tags of people that this snapshot holds. Names only; their values are read as each asker."""

    base: SemanticModel
    snapshot: Callable[[], Snapshot]
    executor: Executor
    cache_dir: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: tuple[str, SemanticModel] | None = None

    def __call__(self) -> SemanticModel:
        """The model for the snapshot that is open now."""
        snapshot = self.snapshot().id
        with self._lock:
            if self._last is None or self._last[0] != snapshot:
                self._last = (snapshot, with_tags(self.base, self._tags(snapshot)))
            return self._last[1]

    def _tags(self, snapshot: str) -> dict[str, tuple[str, ...]]:
        file = self.cache_dir / f"tags-{cache_key(self.base.version, snapshot, None)}.json"
        return load_tags(self.base, lambda tree: self.executor.run(tree, LOCAL_OPERATOR).rows, file)
