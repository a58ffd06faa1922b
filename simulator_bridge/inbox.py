"""A car's mailbox: the thread that reads the websocket puts telemetries in, the car's worker takes
them out. Of those that wait, only the newest counts."""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass
from typing import Any, Protocol

CAPACITY = 16
"""Telemetries that may wait; a lock-step client has one or two under way."""


class Queue(Protocol):
    """A bounded queue, of the kind that suits the server's threads."""

    def get(self, *, timeout: float) -> Any:
        """The oldest item; waits for one for ``timeout`` seconds, then raises ``queue.Empty``."""

    def get_nowait(self) -> Any:
        """The oldest item, or ``queue.Empty``."""

    def put_nowait(self, item: Any, /) -> None:
        """Puts an item in, or raises ``queue.Full``."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A telemetry event's payload and when it came in, by ``time.perf_counter()``."""

    payload: object
    at_s: float


class Inbox:
    """The mailbox.

    Args:
        waiting: an empty queue for ``CAPACITY`` telemetries.
    """

    def __init__(self, waiting: Queue) -> None:
        self._waiting = waiting

    def put(self, payload: object) -> bool:
        """Puts a telemetry in; false if there is no room. Never waits."""
        try:
            self._waiting.put_nowait(Arrival(payload, time.perf_counter()))
        except queue.Full:
            return False
        return True

    def take(self, timeout_s: float) -> list[Arrival]:
        """All that wait, the oldest first; waits for one for ``timeout_s`` seconds."""
        try:
            first: Arrival = self._waiting.get(timeout=timeout_s)
        except queue.Empty:
            return []
        return [first, *self.take_waiting()]

    def take_waiting(self) -> list[Arrival]:
        """All that wait now, the oldest first."""
        arrivals: list[Arrival] = []
        while True:
            try:
                arrivals.append(self._waiting.get_nowait())
            except queue.Empty:
                return arrivals
