from __future__ import annotations

import asyncio
import threading

import pytest

from services.runtime.workers import Workers


def run(coroutine):
    return asyncio.run(coroutine)


def test_results_and_errors_reach_the_caller() -> None:
    async def go() -> None:
        workers = Workers(2)
        results = await asyncio.gather(*(workers.run(lambda n=n: n * n) for n in range(200)))
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
