"""A bounded place for blocking flows, so that an event loop stays free for everything else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from app.core.errors import AppError

Result = TypeVar("Result")


class BusyError(AppError):
    """Too many questions are waiting already."""

    code = "busy"
    status = 503


class FlowPool:
    """Runs blocking calls on at most `size` threads; refuses once `waiting` more are in line."""

    def __init__(self, *, size: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(max_workers=size, thread_name_prefix="flow")
        self._capacity = size + waiting
        self._inside = 0

    async def run(self, call: Callable[[], Result]) -> Result:
        """The result of `call`, computed on a thread of the pool.

        Raises:
            BusyError: the line is full; try again later.
        """
        if self._inside >= self._capacity:
            raise BusyError("too many questions are waiting", hint="try again in a few seconds")
        self._inside += 1
        # The count falls when the thread is done, not when an impatient caller stops waiting for it.
        future = asyncio.get_running_loop().run_in_executor(self._threads, call)
        future.add_done_callback(self._leave)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Drop what waits, finish what runs."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _leave(self, done: "asyncio.Future[Result]") -> None:
        self._inside -= 1
        if not done.cancelled():
            done.exception()  # the caller may have gone; an exception nobody reads would be logged as a leak
