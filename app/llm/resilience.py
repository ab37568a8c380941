"""Retries with backoff and a circuit breaker around any chat model, inside the caller's deadline."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import SystemRandom

from app.llm.client import ChatModel, ChatReply, ChatRequest, ModelError

logger = logging.getLogger(__name__)

_LEAST_SECONDS = 0.5
"""A call with less time left than this is not begun."""


@dataclass(slots=True)
class CircuitBreaker:
    """Stops calls to an endpoint that keeps failing; after a while one call may try whether it is back."""

    failures_to_open: int = 4
    seconds_open: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _failures: int = 0
    _opened_at: float | None = None
    _probing: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self) -> None:
        """Ask to make a call.

        Raises:
            ModelError: the circuit is open, or another call is already trying.
        """
        with self._lock:
            if self._opened_at is None:
                return
            if self._probing or self.clock() - self._opened_at < self.seconds_open:
                raise ModelError("circuit_open")
            self._probing = True

    def succeeded(self) -> None:
        """The endpoint answered."""
        with self._lock:
            self._failures, self._opened_at, self._probing = 0, None, False

    def failed(self) -> None:
        """The endpoint did not answer; a failed probe opens the circuit anew."""
        with self._lock:
            self._failures += 1
            if self._probing or self._failures >= self.failures_to_open:
                self._opened_at = self.clock()
            self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether calls are being turned away, or one is trying."""
        with self._lock:
            return self._opened_at is not None


@dataclass(slots=True)
class ResilientModel:
    """Another model with retries. Only failures that may pass are retried, and never beyond the caller's time."""

    inner: ChatModel
    attempts: int = 3
    base_seconds: float = 0.4
    longest_seconds: float = 8.0
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = field(default_factory=lambda: SystemRandom().random)
    """Numbers in [0, 1): retries of many callers must not come back together."""

    @property
    def name(self) -> str:
        """The inner model's."""
        return self.inner.name

    def complete(self, request: ChatRequest, *, seconds: float) -> ChatReply:
        """The inner model's reply, after as many tries as fit.

        Raises:
            ModelError: the last try's error, or `circuit_open` where none was made.
        """
        until = self.clock() + seconds
        for attempt in range(1, self.attempts + 1):
            try:
                return self._once(request, until - self.clock())
            except ModelError as error:
                pause = self._pause(error, attempt)
                is_last = attempt == self.attempts or not error.is_transient
                if is_last or self.clock() + pause + _LEAST_SECONDS > until:
                    raise
                logger.info("llm.retried", extra={"kind": error.kind, "attempt": attempt, "seconds": round(pause, 2)})
                self.sleep(pause)
        raise ModelError("timeout")

    def _once(self, request: ChatRequest, seconds: float) -> ChatReply:
        if seconds <= 0:
            raise ModelError("timeout")
        self.breaker.enter()
        try:
            reply = self.inner.complete(request, seconds=seconds)
        except BaseException:
            self.breaker.failed()
            raise
        self.breaker.succeeded()
        return reply

    def _pause(self, error: ModelError, attempt: int) -> float:
        """What the endpoint asked for, else exponential; both with jitter on top."""
        wait = min(self.longest_seconds, self.base_seconds * float(2 ** (attempt - 1)))
        if error.retry_after is not None:
            return error.retry_after + wait * 0.25 * self.jitter()
        return wait * (0.5 + 0.5 * self.jitter())
