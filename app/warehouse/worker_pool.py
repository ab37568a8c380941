"""A bounded pool of query worker processes: first come, first served; a worker that misbehaves is killed and replaced.

Knows how to start, ask, kill and count workers; knows nothing of SQL.
"""

import io
import logging
import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

_SCRIPT = Path(__file__).with_name("query_worker.py")
_OPENING_SECONDS = 60.0
_REPLY_CLASSES = frozenset(
    {("decimal", "Decimal"), ("datetime", "date"), ("datetime", "datetime"), ("datetime", "time")}
)


class WorkerError(Exception):
    """A worker replied with a category instead of a result."""

    def __init__(self, category: str) -> None:
        super().__init__(category)
        self.category = category


class WorkerStoppedError(Exception):
    """The worker passed its time, or its process ended; it has been killed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """time | died"""


class PoolBusyError(Exception):
    """No worker became free in time."""


class PoolClosedError(Exception):
    """The pool was closed or retired before a worker was taken."""


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What a worker is told when it starts; it can't be changed afterwards."""

    file: Path
    memory_mb: int
    threads: int
    temporary_mb: int = 4096


class _PlainUnpickler(pickle.Unpickler):
    """A reply is plain data: whatever a worker was made to send, nothing of it runs here."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _REPLY_CLASSES:
            raise pickle.UnpicklingError(f"a reply holds {module}.{name}")
        return super().find_class(module, name)


class _Worker:
    """One process. Used by one caller at a time."""

    def __init__(self, config: WorkerConfig, temporary: Path) -> None:
        self._socket, theirs = socket.socketpair()
        self._temporary = temporary
        with theirs:
            theirs.set_inheritable(True)
            self._process = subprocess.Popen(  # noqa: S603 - our own script, no outside input
                [sys.executable, "-s", "-S", "-P", str(_SCRIPT), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=_bare_environment(),
            )
        self._is_open = False
        self._write(
            {
                "file": str(config.file),
                "memory_mb": config.memory_mb,
                "threads": config.threads,
                "temporary": str(temporary),
                "temporary_mb": config.temporary_mb,
            },
            time.monotonic() + _OPENING_SECONDS,
        )

    def ask(self, request: Mapping[str, Any], seconds: float) -> Any:
        """The result of one request.

        Raises:
            WorkerError: the worker said why not; it stays usable.
            WorkerStoppedError: no answer in time, or the process ended. The worker is gone.
        """
        try:
            self._await_opening()
            deadline = time.monotonic() + seconds
            self._write(request, deadline)
            return self._read(deadline)
        except TimeoutError as error:
            self.stop()
            raise WorkerStoppedError("time") from error
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self.stop()
            raise WorkerStoppedError("died") from error

    def _await_opening(self) -> None:
        if self._is_open:
            return
        try:
            self._read(time.monotonic() + _OPENING_SECONDS)
        except WorkerError:
            self.stop()  # it has no file to serve
            raise
        self._is_open = True

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """Kill the process and wait for it: it only reads, so there is nothing to finish."""
        self._process.kill()
        self._process.wait()
        self._socket.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _write(self, message: Mapping[str, Any], deadline: float) -> None:
        body = pickle.dumps(message, protocol=5)
        self._socket.settimeout(_remaining(deadline))
        self._socket.sendall(len(body).to_bytes(8, "big") + body)

    def _read(self, deadline: float) -> Any:
        size = int.from_bytes(self._exactly(8, deadline), "big")
        status, payload = _PlainUnpickler(io.BytesIO(self._exactly(size, deadline))).load()
        if status != "ok":
            raise WorkerError(str(payload))
        return payload

    def _exactly(self, size: int, deadline: float) -> bytes:
        body = bytearray()
        while len(body) < size:
            self._socket.settimeout(_remaining(deadline))
            part = self._socket.recv(min(size - len(body), 1 << 20))
            if not part:
                raise EOFError
            body += part
        return bytes(body)


class _Waiter:
    """A caller in the queue; whoever frees a place hands it over, so that nobody overtakes."""

    __slots__ = ("granted", "ready")

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.granted = False


class WorkerPool:
    """At most `size` workers over one file. The first starts at once, the others when they are first needed."""

    def __init__(self, config: WorkerConfig, size: int) -> None:
        self._config = config
        self._temporary = Path(tempfile.mkdtemp(prefix="qianmian-query-"))
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._free_places = size
        self._waiting: deque[_Waiter] = deque()
        self._serial = 0
        self._is_closed = False
        self._idle.append(self._start())

    def ask(self, request: Mapping[str, Any], *, seconds: float, queue_seconds: float) -> Any:
        """The answer of whichever worker is free first; callers are served in order.

        Raises:
            PoolBusyError: no worker became free within `queue_seconds`.
            PoolClosedError: the pool is closed.
            WorkerError: the worker said why not.
            WorkerStoppedError: the worker was stopped, or its process ended.
        """
        with self._place(queue_seconds):
            worker = self._take()
            try:
                return worker.ask(request, seconds)
            finally:
                self._give_back(worker)

    def retire(self) -> None:
        """Take no new request; let what runs finish."""
        self._shut(kill_running=False)

    def close(self) -> None:
        """Stop every worker now, also those that are busy; safe to call twice."""
        self._shut(kill_running=True)

    @contextmanager
    def _place(self, queue_seconds: float) -> Iterator[None]:
        self._enter(queue_seconds)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, queue_seconds: float) -> None:
        with self._lock:
            if self._is_closed:
                raise PoolClosedError
            if self._free_places and not self._waiting:
                self._free_places -= 1
                return
            waiter = _Waiter()
            self._waiting.append(waiter)
        waiter.ready.wait(queue_seconds)
        with self._lock:
            if waiter.granted:
                return
            if self._is_closed:
                raise PoolClosedError
            self._waiting.remove(waiter)
        raise PoolBusyError

    def _leave(self) -> None:
        with self._lock:
            if not self._waiting:
                self._free_places += 1
                return
            waiter = self._waiting.popleft()
            waiter.granted = True
            waiter.ready.set()

    def _take(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive:
                    break
                worker.stop()
                logger.warning("worker.found_dead")
            else:
                worker = self._start()
            self._busy.add(worker)
            return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
            if worker.is_alive and not self._is_closed:
                self._idle.append(worker)
                return
            worker.stop()
            is_last = self._is_closed and not self._busy
        if is_last:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _start(self) -> _Worker:
        if self._is_closed:
            raise PoolClosedError
        self._serial += 1
        own = self._temporary / str(self._serial)
        own.mkdir()
        return _Worker(self._config, own)

    def _shut(self, *, kill_running: bool) -> None:
        with self._lock:
            self._is_closed = True
            stopping = self._idle + (list(self._busy) if kill_running else [])
            self._idle.clear()
            is_last = kill_running or not self._busy
            for waiter in self._waiting:
                waiter.ready.set()
            self._waiting.clear()
        for worker in stopping:
            worker.stop()
        if is_last:
            shutil.rmtree(self._temporary, ignore_errors=True)


def _remaining(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _bare_environment() -> dict[str, str]:
    """Only what Python needs to find duckdb: keys and passwords of the service are not the worker's business."""
    wanted = {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry), "LC_ALL": "C.UTF-8"}
    loader_path = os.environ.get("LD_LIBRARY_PATH")  # noqa: TID251 - some interpreters can't start without it
    return wanted | ({"LD_LIBRARY_PATH": loader_path} if loader_path else {})
