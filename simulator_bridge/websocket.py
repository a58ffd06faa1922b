"""Websockets for engine.io, the same on werkzeug's threads and on eventlet's green threads.

Engine.IO would bring its own: simple-websocket with threads, eventlet's with green threads. This
one reads in the thread that handles the message (simple-websocket hands over from a second one),
unmasks quickly (eventlet does it byte by byte: 3 ms for one telemetry), and a message that is too
long is dropped as it comes in instead of ending the connection.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

RECEIVE_BYTES = 64 * 1024
"""One read takes a whole telemetry (about 20 kB in 20 fragments), if it has come in."""


class TooLong:
    """Stands for a message that was dropped because of its length."""


class ByteStream(Protocol):
    """What is needed of a socket; both the plain one and eventlet's green one have it."""

    def recv(self, size: int, /) -> bytes:
        """Waits for bytes, at most ``size``; none when the other side has closed."""

    def sendall(self, data: bytes, /) -> Any:
        """Sends everything."""

    def shutdown(self, how: int, /) -> Any:
        """Ends sending and receiving."""

    def setsockopt(self, level: int, option: int, value: int, /) -> Any:
        """Sets a socket option."""


class WebSocket:
    """One websocket connection, after its HTTP request has been read.

    Args:
        stream: the connection's socket.
        lock: kept while something is sent; of the kind that belongs to the stream.
        environ: the WSGI environment of the request that asks for the upgrade.
        max_message_bytes: longer messages are dropped.

    Raises:
        ConnectionError: the request is no proper websocket handshake.
    """

    def __init__(
        self,
        stream: ByteStream,
        lock: AbstractContextManager[Any],
        environ: Environ,
        max_message_bytes: int,
    ) -> None:
        self._stream = stream
        self._max_message_bytes = max_message_bytes
        self._protocol = WSConnection(ConnectionType.SERVER)
        self._sending = lock
        self._parts: list[str] | list[bytes] = []
        self._length = 0
        self._received: list[str | bytes | TooLong] = []
        self._open = False
        self._handshake(environ)

    def wait(self) -> str | bytes | TooLong | None:
        """The next message; ``None`` once the connection is closed."""
        while not self._received:
            if not self._open:
                return None
            self._read()
        return self._received.pop(0)

    def send(self, message: str | bytes) -> None:
        """Sends a text (``str``) or a binary message.

        Raises:
            OSError: the connection is closed.
        """
        event = (
            BytesMessage(data=message) if isinstance(message, bytes) else TextMessage(data=message)
        )
        self._send_event(event)

    def close(self) -> None:
        """Says goodbye and closes; a ``wait`` in another thread returns."""
        if not self._open:
            return
        try:
            self._send_event(CloseConnection(code=1000))
        except OSError:
            log.debug("the other side is gone already")
        self._shut()

    def _handshake(self, environ: Environ) -> None:
        headers = [
            (key[5:].replace("_", "-").lower().encode("latin-1"), value.encode("latin-1"))
            for key, value in environ.items()
            if key.startswith("HTTP_")
        ]
        try:
            self._protocol.initiate_upgrade_connection(headers, environ["PATH_INFO"])
            if not any(isinstance(event, Request) for event in self._protocol.events()):
                raise ConnectionError("no websocket handshake")
            answer = self._protocol.send(AcceptConnection())
        except RemoteProtocolError as error:
            raise ConnectionError(f"no websocket handshake: {error}") from error
        # A steer is one small segment: it must not wait for the acknowledgement of the last one.
        self._stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream.sendall(answer)
        self._open = True

    def _read(self) -> None:
        try:
            data = self._stream.recv(RECEIVE_BYTES)
            if not data:
                raise ConnectionError("closed by the other side")
            self._protocol.receive_data(data)
            for event in self._protocol.events():
                self._handle(event)
        except RemoteProtocolError as error:
            if error.event_hint is not None:
                self._answer(error.event_hint)
            self._shut()
        except (OSError, LocalProtocolError):
            self._shut()

    def _handle(self, event: Event) -> None:
        if isinstance(event, TextMessage | BytesMessage):
            self._take(event)
        elif isinstance(event, Ping):
            self._answer(event.response())
        elif isinstance(event, CloseConnection):
            self._answer(event.response())
            self._shut()

    def _take(self, event: TextMessage | BytesMessage) -> None:
        self._length += len(event.data)
        if self._length > self._max_message_bytes:
            self._parts = []
        else:
            self._parts.append(event.data)  # type: ignore[arg-type]
        if not event.message_finished:
            return
        if self._length > self._max_message_bytes:
            self._received.append(TooLong())
        else:
            self._received.append(type(event.data)().join(self._parts))  # type: ignore[arg-type]
        self._parts = []
        self._length = 0

    def _answer(self, event: Event) -> None:
        try:
            self._send_event(event)
        except OSError:
            log.debug("the other side did not wait for the answer")

    def _send_event(self, event: Event) -> None:
        try:
            # Both the thread that reads (pongs) and the one that writes come here.
            with self._sending:
                self._stream.sendall(self._protocol.send(event))
        except LocalProtocolError as error:
            raise ConnectionError("the websocket is closed") from error

    def _shut(self) -> None:
        self._open = False
        try:
            self._stream.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("the socket was closed already")


class WebSocketApp:
    """Engine.IO's view of a websocket: a WSGI application that runs a handler on the connection.

    Args:
        handler: engine.io's function; called with the websocket, returns when it is closed.
        socket_class: the kind of websocket to make.
        max_message_bytes: longer messages are dropped.
    """

    def __init__(
        self,
        handler: Callable[[WebSocket], Any],
        socket_class: type[WebSocket],
        max_message_bytes: int,
    ) -> None:
        self._handler = handler
        self._socket_class = socket_class
        self._max_message_bytes = max_message_bytes

    def __call__(self, environ: Environ, _start_response: StartResponse) -> Iterable[bytes]:
        """Runs until the connection is closed. Writes to the socket itself, not through WSGI."""
        if "werkzeug.socket" in environ:
            self._run(environ["werkzeug.socket"], threading.Lock(), environ)
            # Tells werkzeug that there is nobody left to answer over HTTP.
            raise ConnectionError("the websocket is closed")
        # Imported where it serves only: it warns that it is deprecated.
        from eventlet import semaphore, wsgi

        self._run(environ["eventlet.input"].get_socket(), semaphore.Semaphore(), environ)
        wsgi.WSGI_LOCAL.already_handled = True
        return []

    def _run(self, stream: ByteStream, lock: AbstractContextManager[Any], environ: Environ) -> None:
        try:
            websocket = self._socket_class(stream, lock, environ, self._max_message_bytes)
        except ConnectionError as error:
            log.debug("%s", error)
            stream.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            return
        self._handler(websocket)
