"""From packets to what they mean to the car: sorts what the bridge says, and answers its pings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from practice_simulator.connection import Connection
from practice_simulator.errors import ProtocolError
from practice_simulator.protocol import PONG, Numbers, parse_packet, read_steer


@dataclass(frozen=True, slots=True)
class Word:
    """Something the bridge said.

    kind: "open" (it welcomed us), "steer" (with the two commands), "manual", "malformed" (the
    simulator would have raised, so the loop this answers stalls), or "gone".
    at_s: when it came, in `time.perf_counter`'s seconds.
    """

    kind: Literal["open", "steer", "manual", "malformed", "gone"]
    at_s: float
    steering: float = 0.0
    throttle: float = 0.0


class Link:
    """One connection, read word by word."""

    def __init__(self, connection: Connection, numbers: Numbers) -> None:
        self._connection = connection
        self._numbers = numbers

    def send(self, text: str) -> None:
        """Send a packet; if the bridge has gone, the next word says so."""
        self._connection.send(text)

    def next(self, timeout_s: float) -> Word | None:
        """The next word, or None when none came in time; keeps the heartbeat going."""
        self._connection.keep_alive()
        received = self._connection.receive(timeout_s)
        if received is None:
            return None
        if received.text is None:
            return Word("gone", received.at_s)
        try:
            packet = parse_packet(received.text)
            if packet.kind == "ping":
                self._connection.send(PONG)
            elif packet.kind == "pong":
                self._connection.pong_came()
            elif packet.kind == "open":
                return Word("open", received.at_s)
            elif packet.event == "manual":
                return Word("manual", received.at_s)
            elif packet.event == "steer":
                steering, throttle = read_steer(self._numbers, packet.data)
                return Word("steer", received.at_s, steering, throttle)
        except ProtocolError:
            return Word("malformed", received.at_s)
        return None
