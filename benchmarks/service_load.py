"""Calls a service in a closed loop: the next call when the last was answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import grpc

Step = Callable[[int], Any]
"""Does the work for frame ``number``, and may return what came of it."""

_CALL_TIMEOUT_S = 5.0
_STREAM_TIMEOUT_S = 600.0


def rate(steps: list[Step], window_s: float) -> float:
    """Steps a second, all of ``steps`` being called in a loop at once, each in its own thread."""
    end = time.perf_counter() + window_s
    counts = [0] * len(steps)

    def work(index: int) -> None:
        number = index
        while time.perf_counter() < end:
            steps[index](number)
            number += 1
        counts[index] = number - index

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(steps))]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)


def unary_call(
    channel: grpc.Channel, method: str, requests: list[bytes], read: Callable[[bytes], Any]
) -> Callable[[], Step]:
    """What makes callers of a unary method.

    Args:
        channel: to the service.
        method: its path, ``/package.Service/Method``.
        requests: serialised beforehand: it is the service that is measured.
        read: parses a reply.
    """
    call = channel.unary_unary(method, response_deserializer=read)

    def step(number: int) -> Any:
        return call(requests[number % len(requests)], timeout=_CALL_TIMEOUT_S)

    return lambda: step


def stream_call(
    channel: grpc.Channel, method: str, requests: list[bytes], read: Callable[[bytes], Any]
) -> Callable[[], Step]:
    """What makes callers of a streaming method, each with a stream of its own.

    Args:
        channel: to the service.
        method: its path, ``/package.Service/Method``.
        requests: serialised beforehand.
        read: parses a reply.
    """
    stub = channel.stream_stream(method, response_deserializer=read)

    def open_stream() -> Step:
        waiting: list[bytes] = []
        ready = threading.Semaphore(0)

        def sent() -> bytes:
            ready.acquire()
            return waiting.pop()

        replies = stub(iter(sent, None), timeout=_STREAM_TIMEOUT_S)

        def step(number: int) -> Any:
            waiting.append(requests[number % len(requests)])
            ready.release()
            return next(replies)

        return step

    return open_stream
