"""Questions that no metric expresses, written down for the model's owner: what to define next."""

import json
import logging
import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GapEntry:
    """One question, with identifiers masked. `sql` is what answered it in the end, if anything did."""

    at: datetime
    answer_id: str
    question: str
    reason: str
    missing: tuple[str, ...] = ()
    sql: str | None = None


class GapLog(Protocol):
    def add(self, entry: GapEntry) -> None:
        """Keep `entry`. An answer never fails because this did."""
        ...


@dataclass(slots=True)
class FileGapLog:
    """One JSON a line."""

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, entry: GapEntry) -> None:
        """Append `entry`."""
        line = json.dumps({**asdict(entry), "at": entry.at.isoformat()}, ensure_ascii=False)
        try:
            with self._lock:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(line + "\n")
        except OSError as error:
            logger.warning("gap.not_written", extra={"answer_id": entry.answer_id, "error": type(error).__name__})
