"""The simulator's side of the wire with as little as possible in it: a plain socket, frames that
are encoded beforehand. For benchmarks, which must not measure their own client, and for tests.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from types import TracebackType
from typing import Any, Self

FRAGMENT_BYTES = 1016
"""The simulator's websocket library splits messages into fragments of this size."""

UPGRADE_REQUEST = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
    b"Host: 127.0.0.1:4567\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
    b"\r\n"
)

_TEXT, _CLOSE, _PING = 1, 8, 9


def encode_text(text: str, mask: bytes | None = None) -> bytes:
    """A text message as masked frames of at most 1,016 bytes, as the simulator sends it.

    Args:
        text: the message.
        mask: four bytes; left out: new ones for each frame.
    """
    return _encode(text.encode(), _TEXT, mask)


def encode_binary(data: bytes) -> bytes:
    """A binary message as masked frames."""
    return _encode(data, 2, None)


def telemetry_text(
    jpeg: bytes,
    speed_mph: float = 10.0,
    steering_angle_deg: float = 0.0,
    throttle: float = 0.0,
    decimal_comma: bool = False,
) -> str:
    """The Socket.IO message of one telemetry."""

    def number(value: float) -> str:
        return f"{value:.4f}".replace(".", ",") if decimal_comma else f"{value:.4f}"

    return event_text(
        "telemetry",
        {
            "steering_angle": number(steering_angle_deg),
            "throttle": number(throttle),
            "speed": number(speed_mph),
            "image": base64.b64encode(jpeg).decode(),
        },
    )


def event_text(name: str, *payloads: object) -> str:
    """The Socket.IO message of any event."""
    return "42" + json.dumps([name, *payloads], separators=(",", ":"))


class RawSimulator:
    """A connection as the simulator opens it. A context manager.

    Args:
        port: the bridge's port on this machine.
        timeout_s: how long any one read may take, in seconds.

    Raises:
        OSError: no connection, or no upgrade to a websocket.
    """

    def __init__(self, port: int, timeout_s: float = 10.0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(UPGRADE_REQUEST)
        self._buffer = bytearray()
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if b" 101 " not in head.splitlines()[0]:
            raise ConnectionError(f"no upgrade: {head!r}")
        self._buffer = bytearray(rest)

    def send(self, encoded: bytes) -> None:
        """Sends frames that are encoded already."""
        self._socket.sendall(encoded)

    def send_text(self, text: str) -> None:
        """Encodes and sends a message."""
        self.send(encode_text(text))

    def receive(self) -> str | bytes | None:
        """The next message; ``None`` once the bridge has closed.

        Raises:
            TimeoutError: nothing came in time.
        """
        while True:
            opcode, data = self._frame()
            if opcode == _TEXT:
                return data.decode()
            if opcode == _CLOSE:
                return None
            if opcode != _PING:
                return data

    def next_event(self) -> tuple[str, Any]:
        """The next Socket.IO event and its object; answers pings, skips everything else.

        Raises:
            TimeoutError: none came in time.
            ConnectionError: the bridge has closed.
        """
        while True:
            message = self.receive()
            if message is None:
                raise ConnectionError("closed by the bridge")
            if message == "2":
                self.send_text("3")
            elif isinstance(message, str) and message.startswith("42"):
                name, payload = json.loads(message[2:])
                return name, payload

    def close(self) -> None:
        """Says goodbye as the simulator does, and closes."""
        try:
            self.send(encode_text("41") + encode_text("1"))
        except OSError:
            pass
        finally:
            self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _fill(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("closed by the bridge")
        self._buffer += data

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _frame(self) -> tuple[int, bytes]:
        first, second = self._take(2)
        length = second & 127
        if length == 126:
            (length,) = struct.unpack("!H", self._take(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._take(8))
        return first & 15, self._take(length)


def _encode(data: bytes, opcode: int, mask: bytes | None) -> bytes:
    encoded = bytearray()
    starts = range(0, max(len(data), 1), FRAGMENT_BYTES)
    for start in starts:
        part = data[start : start + FRAGMENT_BYTES]
        final = 0x80 if start == starts[-1] else 0
        encoded.append(final | (opcode if start == 0 else 0))
        if len(part) < 126:
            encoded.append(0x80 | len(part))
        else:
            encoded += struct.pack("!BH", 0x80 | 126, len(part))
        key = mask or os.urandom(4)
        encoded += key
        repeated = (key * (len(part) // 4 + 1))[: len(part)]
        encoded += (int.from_bytes(part) ^ int.from_bytes(repeated)).to_bytes(len(part))
    return bytes(encoded)
