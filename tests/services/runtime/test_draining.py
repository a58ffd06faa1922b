"""When a service that ends may stop to listen: not before its clients know that it ends."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Any

import grpc
import pytest

from services.runtime.calls import Calls
from services.runtime.metrics import ServiceMetrics


class Refused(Exception):
    """What ``abort`` ends a call with."""


class Context:
    """As much of a call as an answer asks for."""

    code: grpc.StatusCode | None = None

    def time_remaining(self) -> None:
        return None

    async def abort(self, code: grpc.StatusCode, _message: str) -> None:
        self.code = code
        raise Refused


async def ask(calls: Calls) -> Context:
    context: Any = Context()
    with contextlib.suppress(Refused):
        await calls.answer("Predict", context, "request", lambda _request, _clock: "reply")
    return context


def serving() -> Calls:
    calls = Calls(ServiceMetrics("steering"), workers=1, queue_limit=4)
    calls.start_accepting()
    return calls


async def turns(count: int) -> None:
    """As many of the turns in which the drain looks whether somebody has asked."""
    for _ in range(count):
        await asyncio.sleep(0.001)


def test_a_client_that_was_answered_just_now_is_refused_before_the_end() -> None:
    async def go() -> None:
        calls = serving()
        await ask(calls)
        calls.stop_accepting()
        quiet = asyncio.create_task(calls.until_quiet(60))
        await turns(2)
        assert not quiet.done()
        assert (await ask(calls)).code == grpc.StatusCode.UNAVAILABLE
        await quiet
        calls.close()

    asyncio.run(go())


def test_a_service_that_nobody_asks_does_not_wait_for_the_drain_time() -> None:
    async def go() -> None:
        calls = serving()
        calls.stop_accepting()
        async with asyncio.timeout(60):
            assert await calls.until_quiet(3600) == 0
        calls.close()

    asyncio.run(go())


@pytest.mark.parametrize("longest_s", [0.0, 0.05])
def test_the_drain_time_is_the_longest(longest_s: float) -> None:
    async def go() -> None:
        calls = serving()
        context: Any = Context()
        begun, go_on = threading.Event(), threading.Event()

        def work(_request: str, _clock: object) -> str:
            begun.set()
            go_on.wait()
            return "reply"

        answer = asyncio.create_task(calls.answer("Predict", context, "request", work))
        while not begun.is_set():
            await asyncio.sleep(0)
        calls.stop_accepting()
        async with asyncio.timeout(60):
            assert await calls.until_quiet(longest_s) == 1
        assert not answer.done()
        go_on.set()
        assert await answer == "reply"
        calls.close()

    asyncio.run(go())
