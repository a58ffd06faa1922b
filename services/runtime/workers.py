"""The threads that do the work of requests, beside the event loop.

A thin pool of our own: handing a job to ``concurrent.futures`` and back costs a tenth of a
millisecond of the interpreter's time, a good part of what a whole steering request may take.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
_Job = tuple["asyncio.Future[Any]", Callable[[], Any]]


class Workers:
    """A fixed number of threads that run jobs for one event loop, first come first served.

    Args:
        count: the number of threads.
    """

    def __init__(self, count: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._wake_up_sent = False
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True)
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, job: Callable[[], T]) -> T:
        """The result of ``job``, run in one of the threads; raises what it raises.

        A job whose caller is cancelled before its turn is not run.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put((future, job))
        return await future

    def close(self) -> None:
        """Ends the threads once they have done what they are at; jobs that wait are not run."""
        while not self._jobs.empty():
            self._jobs.get_nowait()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (entry := self._jobs.get()) is not None:
            future, job = entry
            if future.cancelled():
                continue
            try:
                self._done.append((future, job(), None))
            except BaseException as error:
                self._done.append((future, None, error))
            # One wake-up of the loop serves all results that are there by then. The result is
            # appended before the flag is read and the flag is cleared before results are taken, so
            # none is left behind.
            if not self._wake_up_sent:
                self._wake_up_sent = True
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._wake_up_sent = False
        while self._done:
            future, result, error = self._done.popleft()
            if future.cancelled():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
