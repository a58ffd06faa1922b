"""A bridge made of bare sockets: it keeps every byte the simulator sends, and says what it is told.

It reads websocket frames itself, because the tests are about the frames.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

OPEN = '0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":60000}'


@dataclass
class Frame:
    """A websocket frame as it came: `data` is unmasked."""

    final: bool
    opcode: int
    masked: bool
    data: bytes


@dataclass
class Talk:
    """One connection of the simulator."""

    socket: socket.socket
    request: str = ""
    frames: list[Frame] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    closed: bool = False

    def send(self, text: str) -> None:
        """Send a text message, as one unmasked frame."""
        data = text.encode()
        size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + len(data).to_bytes(2, "big")
        self.socket.sendall(b"\x81" + size + data)

    def steer(self, steering: str, throttle: str) -> None:
        """Send a `steer` with these two strings."""
        data = {"steering_angle": steering, "throttle": throttle}
        self.send("42" + json.dumps(["steer", data]))

    def hang_up(self) -> None:
        """Cut the connection without a farewell."""
        self.socket.shutdown(socket.SHUT_RDWR)

    @property
    def telemetries(self) -> list[str]:
        """The telemetry messages so far."""
        return [m for m in list(self.messages) if m.startswith('42["telemetry"')]


def content(telemetry: str) -> dict[str, str]:
    """The object that a telemetry message carries."""
    data: Any = json.loads(telemetry[2:])[1]
    assert isinstance(data, dict)
    return data


class FakeBridge:
    """Listens on a free port of 127.0.0.1 and calls `hear(talk, message)` for every message.

    `welcome` is sent on every new connection. Use it as a context manager.
    """

    def __init__(
        self, hear: Callable[[Talk, str], None], welcome: tuple[str, ...] = (OPEN,), port: int = 0
    ) -> None:
        self._hear = hear
        self._welcome = welcome
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self.talks: list[Talk] = []
        self.errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> FakeBridge:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_listening()
        # The simulator has hung up by now, so each talk ends by itself, with its last message read.
        for thread in self._threads:
            thread.join(timeout=10)
        for talk in self.talks:
            talk.socket.close()
        if kind is None and self.errors:
            raise self.errors[0]

    def stop_listening(self) -> None:
        """Refuse further connections; those that are open stay."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            talk = Talk(client)
            self.talks.append(talk)
            self._start(self._serve, talk)

    def _serve(self, talk: Talk) -> None:
        try:
            stream = talk.socket.makefile("rb")
            lines: list[str] = []
            while (line := stream.readline().decode().rstrip("\r\n")) != "":
                lines.append(line)
            talk.request = "\n".join(lines)
            key = next(
                ln.split(": ")[1] for ln in lines if ln.lower().startswith("sec-websocket-key")
            )
            magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            accept = base64.b64encode(hashlib.sha1((key + magic).encode()).digest())  # noqa: S324
            talk.socket.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            for message in self._welcome:
                talk.send(message)
            self._listen(talk, stream)
        except OSError:
            pass
        except BaseException as error:
            self.errors.append(error)
            talk.socket.close()
        finally:
            talk.closed = True
            talk.socket.close()

    def _listen(self, talk: Talk, stream: Any) -> None:
        text = b""
        while len(head := stream.read(2)) == 2:
            size = head[1] & 0x7F
            if size == 126:
                size = int.from_bytes(stream.read(2), "big")
            elif size == 127:
                size = int.from_bytes(stream.read(8), "big")
            masked = bool(head[1] & 0x80)
            mask = stream.read(4) if masked else b"\0\0\0\0"
            data = _unmask(stream.read(size), mask)
            frame = Frame(bool(head[0] & 0x80), head[0] & 0x0F, masked, data)
            talk.frames.append(frame)
            if frame.opcode == 8:
                return
            text += data
            if frame.final:
                talk.messages.append(text.decode())
                text = b""
                self._hear(talk, talk.messages[-1])


def _unmask(data: bytes, mask: bytes) -> bytes:
    key = int.from_bytes((mask * (len(data) // 4 + 1))[: len(data)], "big")
    return (int.from_bytes(data, "big") ^ key).to_bytes(len(data), "big")


def driver(decide: Callable[[Talk], None]) -> Callable[[Talk, str], None]:
    """A `hear` that answers pings and lets `decide` answer each telemetry."""

    def hear(talk: Talk, message: str) -> None:
        if message == "2":
            talk.send("3")
        elif message.startswith('42["telemetry"'):
            decide(talk)

    return hear
