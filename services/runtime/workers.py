"""Who does the work of requests: a few threads beside the event loop, or the loop itself.

A thin pool of our own: handing a job to ``concurrent.futures`` and back costs a tenth of a
millisecond of the interpreter's time, a good part of what a whole steering request may take. For
the same reason a short job that comes alone, as a single car's do, is not handed over at all.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
_Job = tuple["asyncio.Future[Any]", Callable[[], Any]]

_SHORT_S = 0.003
"""A job that takes longer is never run in the event loop, where it would hold up everything."""

_SOON_S = 0.0002
"""A job that comes so soon after one that was run in the loop had been waiting for it."""

_CROWDED_S = 1.0
"""For so long after jobs were found to come together, all go to the threads."""


class Workers:
    """Runs jobs for one event loop, first come first served.

    Args:
        count: the number of threads.
    """

    def __init__(self, count: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None, float]] = deque()
        self._wake_up_sent = False
        self._pending = 0
        self._usual_s = float("inf")
        self._run_here_ended = 0.0
        self._crowded_until = 0.0
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True)
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, job: Callable[[], T]) -> T:
        """The result of ``job``; raises what it raises.

        A job whose caller is cancelled before its turn is not run.
        """
        self._pending += 1
        try:
            if self._is_alone():
                # Those that came at the same time get the chance to be seen.
                await asyncio.sleep(0)
                if self._pending == 1:
                    return self._run_here(job)
            future: asyncio.Future[T] = self._loop.create_future()
            self._jobs.put((future, job))
            return await future
        finally:
            self._pending -= 1

    def close(self) -> None:
        """Ends the threads once they have done what they are at; jobs that wait are not run."""
        while not self._jobs.empty():
            self._jobs.get_nowait()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _is_alone(self) -> bool:
        now = time.perf_counter()
        if self._pending > 1 or now - self._run_here_ended < _SOON_S:
            self._crowded_until = now + _CROWDED_S
        return now >= self._crowded_until and self._usual_s < _SHORT_S

    def _run_here(self, job: Callable[[], T]) -> T:
        started = time.perf_counter()
        try:
            return job()
        finally:
            self._run_here_ended = time.perf_counter()
            self._took(self._run_here_ended - started)

    def _took(self, seconds: float) -> None:
        if self._usual_s == float("inf"):
            self._usual_s = seconds
        self._usual_s += 0.1 * (seconds - self._usual_s)

    def _work(self) -> None:
        while (entry := self._jobs.get()) is not None:
            future, job = entry
            if future.cancelled():
                continue
            started = time.perf_counter()
            result: Any = None
            failure: BaseException | None = None
            try:
                result = job()
            except BaseException as error:
                failure = error
            self._done.append((future, result, failure, time.perf_counter() - started))
            # One wake-up of the loop serves all results that are there by then. The result is
            # appended before the flag is read and the flag is cleared before results are taken, so
            # none is left behind.
            if not self._wake_up_sent:
                self._wake_up_sent = True
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._wake_up_sent = False
        while self._done:
            future, result, failure, seconds = self._done.popleft()
            self._took(seconds)
            if future.cancelled():
                continue
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)
