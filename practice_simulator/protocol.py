"""The words of the Udacity simulator: Engine.IO 3 packets and its telemetry and control messages.

Nothing here talks to a network. Numbers are written and read as the simulator's C# does under the
system's language, which is what makes `0.1` mean 1 on a machine that writes 0,1.
"""

from __future__ import annotations

import base64
import json
import math
import re
from dataclasses import dataclass
from typing import Any, Literal

from practice_simulator.errors import ProtocolError

PATH = "/socket.io/?EIO=4&transport=websocket"
PING = "2"
PONG = "3"
DISCONNECT = "41"
CLOSE = "1"
EMPTY_TELEMETRY = '42["telemetry",null]'


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet of the bridge, as far as the simulator cares.

    `event` and `data` are set for kind "event" alone. Whatever the simulator ignores, `40` among
    it, is "other".
    """

    kind: Literal["open", "close", "ping", "pong", "event", "other"]
    event: str = ""
    data: Any = None


_KINDS: dict[str, Literal["open", "close", "ping", "pong"]] = {
    "0": "open",
    "1": "close",
    "2": "ping",
    "3": "pong",
}


def parse_packet(text: str) -> Packet:
    """Read one packet.

    Raises:
        ProtocolError: an event whose JSON the simulator could not read.
    """
    if text[:1] in _KINDS:
        return Packet(_KINDS[text[:1]])
    if not text.startswith("42"):
        return Packet("other")
    start = text.find("[")
    try:
        content = json.loads(text[start:]) if start >= 0 else None
    except ValueError as error:
        raise ProtocolError(f"not a JSON array: {text[:80]!r}") from error
    if not isinstance(content, list) or not content or not isinstance(content[0], str):
        raise ProtocolError(f"an event is an array that starts with its name: {text[:80]!r}")
    return Packet("event", content[0], content[1] if len(content) > 1 else None)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the system's language writes numbers: with a comma or a point before the decimals."""

    comma_decimal: bool = False

    def write(self, value: float) -> str:
        """Four decimals."""
        text = f"{value:.4f}"
        return text.replace(".", ",") if self.comma_decimal else text

    def read(self, text: str) -> float:
        """Read as C#'s `float.Parse` does: the other separator groups digits and is skipped.

        Raises:
            ProtocolError: not a finite number.
        """
        decimal, group = (",", ".") if self.comma_decimal else (".", ",")
        form = rf"\s*[+-]?(\d[\d{re.escape(group)}]*)?({re.escape(decimal)}\d*)?([eE][+-]?\d+)?\s*"
        if not re.fullmatch(form, text, re.ASCII):
            raise ProtocolError(f"not a number: {text!r}")
        try:
            value = float(text.replace(group, "").replace(decimal, "."))
        except ValueError as error:
            raise ProtocolError(f"not a number: {text!r}") from error
        if not math.isfinite(value):
            raise ProtocolError(f"not a finite number: {text!r}")
        return value


def telemetry(
    numbers: Numbers, steering_degrees: float, throttle: float, speed_mph: float, jpeg: bytes
) -> str:
    """The telemetry packet: steering -25..25 degrees, throttle 0..1, speed, picture."""
    # Written by hand, for the simulator's text has no spaces and this order of keys.
    return (
        f'42["telemetry",{{"steering_angle":"{numbers.write(steering_degrees)}",'
        f'"throttle":"{numbers.write(throttle)}",'
        f'"speed":"{numbers.write(speed_mph)}",'
        f'"image":"{base64.b64encode(jpeg).decode("ascii")}"}}]'
    )


def read_steer(numbers: Numbers, data: object) -> tuple[float, float]:
    """Steering and throttle of a `steer` event, unclamped.

    Raises:
        ProtocolError: where the simulator raises, and the loop that the answer belongs to stalls:
            a value is missing, no string, or not a number.
    """
    if not isinstance(data, dict):
        raise ProtocolError(f"steer carries {data!r}, not an object")
    values = []
    for key in ("steering_angle", "throttle"):
        value = data.get(key)
        if not isinstance(value, str):
            raise ProtocolError(f"steer's {key} must be a string, got {value!r}")
        values.append(numbers.read(value))
    return values[0], values[1]
