from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest

from services.runtime.workers import Workers


def run(coroutine):
    return asyncio.run(coroutine)


def test_results_and_errors_reach_the_caller() -> None:
    async def go() -> None:
        workers = Workers(2)
        results = await asyncio.gather(*(workers.run(partial(pow, n, 2)) for n in range(200)))
        assert results == [n * n for n in range(200)]
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 // 0)
        workers.close()

    run(go())


def test_as_many_jobs_at_once_as_workers_and_no_more() -> None:
    async def go() -> None:
        workers = Workers(2)
        both, release = threading.Barrier(3), threading.Event()
        running: list[int] = []

        def job() -> None:
            running.append(1)
            if len(running) <= 2:
                both.wait()
            release.wait()

        tasks = [asyncio.ensure_future(workers.run(job)) for _ in range(4)]
        await asyncio.to_thread(both.wait)
        assert len(running) == 2
        release.set()
        await asyncio.gather(*tasks)
        assert len(running) == 4
        workers.close()

    run(go())


def test_a_job_whose_caller_has_gone_is_not_run() -> None:
    async def go() -> None:
        workers = Workers(1)
        release, ran = threading.Event(), threading.Event()
        first = asyncio.ensure_future(workers.run(release.wait))
        second = asyncio.ensure_future(workers.run(ran.set))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        release.set()
        await first
        await workers.run(lambda: None)
        assert not ran.is_set()
        workers.close()

    run(go())


def test_a_short_job_that_comes_alone_is_run_in_the_loop() -> None:
    async def go() -> None:
        workers = Workers(1)
        first = await workers.run(threading.get_ident)
        assert first != threading.get_ident(), "how long it takes is not known yet"
        # A job right after one in the loop may have waited for it: that goes to the thread.
        places = [await workers.run(threading.get_ident) for _ in range(2)]
        assert places == [threading.get_ident(), first]
        workers.close()

    run(go())


def test_a_long_job_is_never_run_in_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.workers._SHORT_S", 0.0)

    async def go() -> None:
        workers = Workers(1)
        places = {await workers.run(threading.get_ident) for _ in range(5)}
        assert threading.get_ident() not in places
        workers.close()

    run(go())


def test_jobs_that_come_together_are_run_side_by_side() -> None:
    async def go() -> None:
        workers = Workers(2)
        await workers.run(lambda: None)
        both = threading.Barrier(2)
        # Run in the loop, one after the other, these two would wait for each other for good.
        await asyncio.gather(workers.run(both.wait), workers.run(both.wait))
        workers.close()

    run(go())
