"""When a service that ends may stop to listen: not before its clients know that it ends."""

from __future__ import annotations

import asyncio
import contextlib
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


def test_a_service_that_nobody_asks_ends_at_once() -> None:
    async def go() -> None:
        calls = serving()
        calls.stop_accepting()
        quiet = asyncio.create_task(calls.until_quiet(60))
        await turns(1)
        assert quiet.done()
        calls.close()

    asyncio.run(go())


@pytest.mark.parametrize("longest_s", [0.0, 0.05])
def test_the_drain_time_is_the_longest(longest_s: float) -> None:
    async def go() -> None:
        calls = serving()
        told_to_end = asyncio.Event()
        calls.stop_accepting()

        async def insist() -> None:
            while not told_to_end.is_set():
                await ask(calls)
                await asyncio.sleep(0)

        insisting = asyncio.create_task(insist())
        await calls.until_quiet(longest_s)
        assert not insisting.done()
        told_to_end.set()
        await insisting
        calls.close()

    asyncio.run(go())
