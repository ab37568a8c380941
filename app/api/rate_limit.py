"""A token bucket per key: a burst of one minute's allowance, refilled evenly."""

import math
import threading
import time
from collections.abc import Callable


class RateLimit:
    """At most `per_minute` requests a minute for each name. In memory: one process, and a restart forgets."""

    def __init__(self, per_minute: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._now = now
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}
        """name → (tokens left, at which moment)."""

    def wait_seconds(self, name: str) -> int:
        """0 if this request may pass (and takes its token), else the whole seconds until one may."""
        with self._lock:
            now = self._now()
            tokens, since = self._buckets.get(name, (self._capacity, now))
            tokens = min(self._capacity, tokens + (now - since) * self._per_second)
            if tokens < 1:
                self._buckets[name] = (tokens, now)
                return max(1, math.ceil((1 - tokens) / self._per_second))
            self._buckets[name] = (tokens - 1, now)
            return 0
