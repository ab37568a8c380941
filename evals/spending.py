"""What model calls cost, as the meter logs them: by the answer that they fed."""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spent:
    """Of one answer."""

    calls: int = 0
    cost: float = 0.0


class Spending(logging.Handler):
    """Adds up the `llm.called` lines."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._spent: dict[str, Spent] = defaultdict(Spent)
        self._lock_own = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """One call."""
        if record.getMessage() != "llm.called":
            return
        answer, cost = str(getattr(record, "answer_id", "")), float(getattr(record, "cost", 0.0))
        with self._lock_own:
            known = self._spent[answer]
            self._spent[answer] = Spent(known.calls + 1, known.cost + cost)

    def of(self, answer_id: str) -> Spent:
        """What the answer with this request id cost."""
        return self._spent.get(answer_id, Spent())


@contextmanager
def watched() -> Iterator[Spending]:
    """Listens while the block runs."""
    logger, spending = logging.getLogger("app.llm"), Spending()
    level = logger.level
    logger.addHandler(spending)
    logger.setLevel(logging.INFO)
    try:
        yield spending
    finally:
        logger.removeHandler(spending)
        logger.setLevel(level)
