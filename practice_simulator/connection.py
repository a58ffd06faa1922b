"""The websocket to the bridge: opening, heartbeat, fragments, farewell, as the simulator does."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from dataclasses import dataclass

import websocket

from practice_simulator.errors import BridgeUnreachableError
from practice_simulator.protocol import CLOSE, DISCONNECT, PATH, PING

FRAGMENT_BYTES = 1016
"""Longer messages go out in pieces of this size."""
PING_INTERVAL_S = 25.0
FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 2.0
_ATTEMPT_TIMEOUT_S = 5.0
_FAREWELL_S = 1.0


@dataclass(frozen=True, slots=True)
class Received:
    """A text message and when it came (`time.perf_counter`); text None: the bridge has gone."""

    text: str | None
    at_s: float


def waits() -> list[float]:
    """Seconds to wait between attempts: doubling from 0.1 to 2 and staying there.

    The real simulator tries 10,000 times a second instead, which helps nobody.
    """
    schedule = [FIRST_WAIT_S]
    while schedule[-1] < LONGEST_WAIT_S:
        schedule.append(min(LONGEST_WAIT_S, 2 * schedule[-1]))
    return schedule


class Connection:
    """An open connection. A thread of its own receives; everything else is the caller's thread."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._socket = websocket.WebSocket(enable_multithread=True)
        address = f"ws://{host}:{port}{PATH}"
        self._socket.connect(  # type: ignore[no-untyped-call]
            address, timeout=timeout_s, suppress_origin=True
        )
        self._socket.settimeout(None)
        # Kept, for the library forgets its socket when the other side closes.
        stream = self._socket.sock
        if stream is None:
            raise ConnectionError(f"{address} closed at once")
        self._stream: socket.socket = stream
        self._inbox: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self._ping_due_s = time.perf_counter()
        self._thread = threading.Thread(target=self._listen, name="bridge listener", daemon=True)
        self._thread.start()

    def receive(self, timeout_s: float) -> Received | None:
        """The next message, or None when none came in time."""
        try:
            if timeout_s <= 0:
                return self._inbox.get_nowait()
            return self._inbox.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def send(self, text: str) -> bool:
        """Send a message in fragments of at most 1,016 bytes; False if the bridge has gone."""
        data = text.encode("utf-8")
        pieces = [data[i : i + FRAGMENT_BYTES] for i in range(0, len(data), FRAGMENT_BYTES)]
        try:
            for index, piece in enumerate(pieces):
                opcode = websocket.ABNF.OPCODE_CONT if index else websocket.ABNF.OPCODE_TEXT
                last = int(index == len(pieces) - 1)
                self._socket.send_frame(websocket.ABNF.create_frame(piece, opcode, last))
        except (OSError, websocket.WebSocketException):
            return False
        return True

    def keep_alive(self) -> None:
        """Send the Engine.IO ping if one is due: on opening, and 25 s after each pong."""
        if time.perf_counter() >= self._ping_due_s:
            self._ping_due_s = float("inf")
            self.send(PING)

    def pong_came(self) -> None:
        """Start the time until the next ping. Without a pong there is none, as in the original."""
        self._ping_due_s = time.perf_counter() + PING_INTERVAL_S

    def quit(self) -> None:
        """Say farewell as the simulator does when it is closed, and close."""
        self.send(DISCONNECT)
        self.send(CLOSE)
        self.drop()

    def drop(self) -> None:
        """Close without a word of the protocol."""
        # The library's own `close` would read beside the listening thread and wait for its lock.
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._socket.send_close()
            self._stream.shutdown(socket.SHUT_WR)
            self._thread.join(timeout=_FAREWELL_S)
        with contextlib.suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=_FAREWELL_S)
        self._socket.shutdown()  # type: ignore[no-untyped-call]

    def _listen(self) -> None:
        while True:
            try:
                text = self._socket.recv()
            except (OSError, websocket.WebSocketException):
                break
            if not text:
                # An empty text is how a close frame shows.
                break
            self._inbox.put(Received(str(text), time.perf_counter()))
        self._inbox.put(Received(None, time.perf_counter()))


def connect(host: str, port: int, timeout_s: float) -> Connection:
    """Connect, trying again and again for `timeout_s`; at least once.

    Raises:
        BridgeUnreachableError: nothing answered in that time.
    """
    deadline = time.perf_counter() + timeout_s
    schedule = waits()
    attempt = 0
    while True:
        left = deadline - time.perf_counter()
        try:
            return Connection(host, port, min(_ATTEMPT_TIMEOUT_S, max(0.5, left)))
        except (OSError, websocket.WebSocketException) as error:
            left = deadline - time.perf_counter()
            if left <= 0:
                raise BridgeUnreachableError(f"ws://{host}:{port}", timeout_s) from error
        time.sleep(min(left, schedule[min(attempt, len(schedule) - 1)]))
        attempt += 1
