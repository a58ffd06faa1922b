"""How a request is answered, whatever the service: limits, deadline, a worker, errors, metrics.

The way of a request: accepted here in the event loop, worked on in one of a few threads (OpenCV and
ONNX Runtime release the interpreter lock), answered in the event loop again. A service hands over
one function per request; everything else is the same for all and stands here.

The seam for batching is :meth:`Calls._in_worker`: today each request is run on its own as soon as a
worker is free; a batcher would collect several there before the model is run.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import TypeVar

import grpc.aio

from services.runtime.errors import (
    DeadlinePassedError,
    NotServingError,
    QueueFullError,
    RequestError,
    status_of,
)
from services.runtime.metrics import ServiceMetrics
from services.runtime.stages import StageClock
from services.runtime.workers import Workers

RequestT = TypeVar("RequestT")
ReplyT = TypeVar("ReplyT")

_TURN_S = 0.001
_QUIET_TURNS = 5
"""Turns of the event loop without a request, after which none is on its way.

Turns, not seconds: after a stall of the process requests are waiting that a clock would overlook.
Few, for until the server stops its clients do not look for another replica: a car that asks every
50 ms should find the connection closed, or at worst be refused once.
"""

_REFUSE_S = 2.0
"""Clients that still ask after so long do not listen; the process does not stay for them."""

_log = logging.getLogger(__name__)


class Calls:
    """Answers the requests of one service.

    Args:
        metrics: where requests are counted.
        workers: requests worked on at the same time.
        queue_limit: requests that may wait or be worked on; more are refused at once.
    """

    def __init__(self, metrics: ServiceMetrics, workers: int, queue_limit: int) -> None:
        self._metrics = metrics
        self._workers = Workers(workers)
        self._queue_limit = queue_limit
        self._in_flight = 0
        self._metrics.queue_limit = queue_limit
        self._state = "starting"
        self._draining = asyncio.Event()
        self._asked = 0

    def start_accepting(self) -> None:
        """From now on requests are answered."""
        self._state = "serving"

    def stop_accepting(self) -> None:
        """From now on new requests, and further ones of open streams, get UNAVAILABLE."""
        self._state = "draining"
        self._draining.set()

    async def until_quiet(self, longest_s: float) -> int:
        """Returns when nothing is worked on and nobody asks any more, after ``longest_s`` at most.

        A server that stops cancels requests that have come in and were not yet begun; while they
        come, it must go on to refuse them, so that their callers know that they may ask elsewhere.

        Args:
            longest_s: in seconds.

        Returns:
            How many requests are worked on even now.
        """
        started = now = time.monotonic()
        quiet_turns = 0
        while now - started < longest_s and (
            self._in_flight or (quiet_turns < _QUIET_TURNS and now - started < _REFUSE_S)
        ):
            asked = self._asked
            await asyncio.sleep(_TURN_S)
            quiet_turns = quiet_turns + 1 if self._asked == asked else 0
            now = time.monotonic()
        return self._in_flight

    def close(self) -> None:
        """Ends the workers."""
        self._workers.close()

    async def answer(
        self,
        method: str,
        context: grpc.aio.ServicerContext[RequestT, ReplyT],
        request: RequestT,
        work: Callable[[RequestT, StageClock], ReplyT],
    ) -> ReplyT:
        """The reply to one request, or the call ended with the status of what went wrong.

        Args:
            method: the call's name, for metrics and log.
            context: the call.
            request: the request.
            work: makes the reply, in a worker thread.
        """
        try:
            return await self._accepted(method, context, request, work)
        except Exception as error:
            code, message = status_of(error)
            self._metrics.failed(method, code.name)
            if isinstance(error, RequestError):
                _log.debug("%s: %s: %s", method, code.name, message)
            else:
                _log.exception("%s failed", method)
            await context.abort(code, message)
            raise AssertionError("abort() does not return") from error

    async def answer_stream(
        self,
        method: str,
        context: grpc.aio.ServicerContext[RequestT, ReplyT],
        requests: AsyncIterable[RequestT],
        work: Callable[[RequestT, StageClock], ReplyT],
    ) -> AsyncIterator[ReplyT]:
        """The replies to a stream of requests, in their order; the first error ends the stream."""
        watcher = asyncio.create_task(self._end_when_draining(context))
        try:
            async for request in requests:
                yield await self.answer(method, context, request, work)
        finally:
            watcher.cancel()

    async def _end_when_draining(self, context: grpc.aio.ServicerContext[RequestT, ReplyT]) -> None:
        # A stream that waits for its client would otherwise hold up the end of the process.
        await self._draining.wait()
        while self._in_flight:
            await asyncio.sleep(0.01)
        await context.abort(*status_of(NotServingError("the service is draining")))

    async def _accepted(
        self,
        method: str,
        context: grpc.aio.ServicerContext[RequestT, ReplyT],
        request: RequestT,
        work: Callable[[RequestT, StageClock], ReplyT],
    ) -> ReplyT:
        self._asked += 1
        if self._state != "serving":
            raise NotServingError(f"the service is {self._state}; try again")
        if self._in_flight >= self._queue_limit:
            raise QueueFullError(
                f"{self._in_flight} requests are waiting already; try again later, or start the "
                f"service with a larger --queue-limit"
            )
        self._in_flight += 1
        self._metrics.in_flight = self._in_flight
        clock = StageClock()
        try:
            reply = await self._in_worker(context.time_remaining(), request, work, clock)
        finally:
            self._in_flight -= 1
            self._metrics.in_flight = self._in_flight
        self._metrics.answered(method, clock.seconds)
        return reply

    async def _in_worker(
        self,
        time_remaining: float | None,
        request: RequestT,
        work: Callable[[RequestT, StageClock], ReplyT],
        clock: StageClock,
    ) -> ReplyT:
        deadline = None if time_remaining is None else time.monotonic() + time_remaining

        def run() -> ReplyT:
            clock.lap("queue")
            if deadline is not None and time.monotonic() >= deadline:
                raise DeadlinePassedError("the deadline passed while the request was waiting")
            return work(request, clock)

        return await self._workers.run(run)
