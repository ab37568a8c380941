"""What every benchmark needs: quantiles, a table line, the memory of a process tree, the app without its caches."""

import math
import os
import platform
import statistics
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from app.core.actor import LOCAL_OPERATOR
from app.flows.answer_question import AnswerQuestion
from app.guard.execute import GuardedExecutor
from app.wiring import Application

_SAMPLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what an analyst would write for it."""

    ask: str
    sql: str


def questions() -> tuple[Question, ...]:
    """The thirty questions of `questions.yaml`."""
    raw = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text(encoding="utf-8"))
    return tuple(Question(item["ask"], item["sql"].replace("{paid}", raw["paid"])) for item in raw["questions"])


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: a value that was measured."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def report(name: str, values: Sequence[float], asked: str = "", unit: str = "ms") -> None:
    """One line: median, p95, largest, and what was asked for."""
    numbers = (statistics.median(values), percentile(values, 0.95), max(values))
    print(f"{name:<46}" + "".join(f"{number:>10.1f}" for number in numbers) + f" {unit:<5}{asked}", flush=True)


def heading(title: str, warehouse: Path) -> None:
    """What is measured, on which machine."""
    size = warehouse.stat().st_size / 1e9
    print(f"\n{title}: {warehouse.name} of {size:.2f} GB, {platform.machine()}, {os.cpu_count()} cores", flush=True)
    print(f"{'':<46}{'median':>10}{'p95':>10}{'max':>10}", flush=True)


def uncached(app: Application) -> AnswerQuestion:
    """The flow with nothing remembered of earlier statements or results."""
    executor = GuardedExecutor(app.engine, caching=False)
    executor.scope(LOCAL_OPERATOR)
    return replace(app.answer_question, executor=executor)


@dataclass(slots=True)
class PeakMemory:
    """The largest sum of resident memory of a process and its descendants while the block runs."""

    root: int
    without: frozenset[int] = frozenset()
    """Processes that are not counted: what the benchmark itself adds."""
    peak_mb: float = 0.0
    _done: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "PeakMemory":
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            self.peak_mb = max(self.peak_mb, sum(_resident_mb(pid) for pid in _family(self.root) - self.without))


def _family(root: int) -> set[int]:
    parents = {int(entry.name): _parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    family, before = {root}, 0
    while len(family) != before:
        before = len(family)
        family |= {pid for pid, parent in parents.items() if parent in family}
    return family


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
