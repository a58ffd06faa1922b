"""The one place that knows that the simulator speaks an older protocol than it says.

The Udacity simulator opens ``/socket.io/?EIO=4&transport=websocket`` and then sends Engine.IO 3
frames. To python-socketio 5 it is a client that never asks for a namespace, so that no event of
its would ever be delivered, and whose pings are unknown packets. Three things are done about it:

* A client that opens with a websocket is connected to ``/`` at once, as if ``40`` had come in. A
  modern client's own ``40`` then finds itself connected already and needs no second answer.
* Its ping ``2`` is answered with ``3``. (Modern clients do not ping, they are pinged.)
* What engine.io or socket.io would trip over is kept from them or caught, because both then end
  the connection or lose the message: a car whose telemetry is not answered stands still for good.

This overrides private methods of python-socketio, so its version is pinned exactly in
``pyproject.toml``, and ``tests/simulator_bridge/test_handshake.py`` replays the bytes on the wire.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import socketio

from simulator_bridge.websocket import Environ, TooLong, WebSocket, WebSocketApp

log = logging.getLogger(__name__)

TOO_LONG_KEY = "too_long"
"""Key of the telemetry that is put in the place of a message over the limit."""

_TOO_LONG_TELEMETRY = f'42["telemetry",{{"{TOO_LONG_KEY}":true}}]'
_BROKEN_TELEMETRY = '2["telemetry",{}]'
# Close, pong, upgrade, no-op, probes; and messages that carry a Socket.IO packet.
_GOODBYE_S = 0.05
_SAFE_PACKET = re.compile(r"[1356]$|[235]probe$|4[0-6]")


class LegacyWebSocket(WebSocket):
    """A websocket that lets through only what engine.io takes, and answers the old ping."""

    def wait(self) -> str | bytes | None:
        """The next message for engine.io; ``None`` once the connection is closed."""
        while True:
            message = super().wait()
            if isinstance(message, TooLong):
                return _TOO_LONG_TELEMETRY
            if not isinstance(message, str) or _SAFE_PACKET.match(message):
                return message
            if message == "2":
                try:
                    self.send("3")
                except OSError:
                    return None
            else:
                log.debug("dropped a message that is no Engine.IO packet: %.40r", message)


class SimulatorServer(socketio.Server):  # type: ignore[misc]
    """A Socket.IO server that takes the simulator and modern clients alike.

    Args:
        async_mode: ``threading`` or ``eventlet``.
        max_message_bytes: longer messages reach the telemetry handler as ``{"too_long": true}``.
        on_unreadable: called for each message that could not be read at all.
    """

    def __init__(
        self, async_mode: str, max_message_bytes: int, on_unreadable: Callable[[], None]
    ) -> None:
        quiet = logging.getLogger(f"{__name__}.socketio")
        quiet.setLevel(logging.ERROR)
        super().__init__(
            async_mode=async_mode,
            # The handlers only put into a mailbox; a thread per message would cost more than that.
            async_handlers=False,
            max_http_buffer_size=max_message_bytes,
            logger=quiet,
            engineio_logger=quiet,
        )
        self._on_unreadable = on_unreadable
        self.eio._async = {
            **self.eio._async,
            "websocket": lambda handler, _server: WebSocketApp(
                handler, LegacyWebSocket, max_message_bytes
            ),
        }

    def close_all(self) -> None:
        """Says goodbye to every client and ends the background work."""
        for client in list(self.eio.sockets.values()):
            # Without waiting: a client that is stuck must not hold up the others.
            client.close(wait=False)
        self.sleep(_GOODBYE_S)
        self.shutdown()

    def _handle_eio_connect(self, eio_sid: str, environ: Environ) -> None:
        super()._handle_eio_connect(eio_sid, environ)
        if "transport=websocket" in environ.get("QUERY_STRING", ""):
            self._handle_connect(eio_sid, "/", None)

    def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        if self.manager.sid_from_eio_sid(eio_sid, namespace or "/") is None:
            super()._handle_connect(eio_sid, namespace, data)

    def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        if isinstance(data, str) and self._binary_packet.pop(eio_sid, None) is not None:
            # Its attachment would have come next; socket.io would take this text for it.
            self._on_unreadable()
        try:
            super()._handle_eio_message(eio_sid, data)
        except Exception:
            self._on_unreadable()
            if isinstance(data, str) and data.startswith('2["telemetry"'):
                # Broken as it is, it was the telemetry that waits for an answer.
                super()._handle_eio_message(eio_sid, _BROKEN_TELEMETRY)
