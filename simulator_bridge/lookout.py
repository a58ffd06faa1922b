"""Looks out for what goes wrong most often before a car drives, and tells how to mend it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from urllib.parse import parse_qs

from protos.endpoints import BRIDGE_PORT
from simulator_bridge.fleet import Fleet
from simulator_bridge.settings import BridgeSettings
from simulator_bridge.steering_source import SteeringSource
from simulator_bridge.web_servers import WsgiApp
from simulator_bridge.websocket import Environ, StartResponse

log = logging.getLogger(__name__)

_TICK_S = 0.25
_CHECK_EVERY_S = 2.0


class Lookout:
    """Watches from beside: the service, clients of the wrong kind, and that a car comes at all.

    Args:
        settings: the bridge's.
        port: the port that the bridge really listens on.
        fleet: the cars.
        source: the steering service.
    """

    def __init__(
        self, settings: BridgeSettings, port: int, fleet: Fleet, source: SteeringSource
    ) -> None:
        self._settings = settings
        self._port = port
        self._fleet = fleet
        self._source = source
        self._warned_of: set[str] = set()

    def run(self, sleep: Callable[[float], object], stop: threading.Event) -> None:
        """Watches until ``stop`` is set.

        Args:
            sleep: sleeps as the server does, in seconds.
            stop: ends it.
        """
        started_s = time.monotonic()
        check_at_s = started_s
        hinted = False
        while not stop.is_set():
            now_s = time.monotonic()
            # While cars drive, their own calls show how the service is.
            if now_s >= check_at_s and (self._source.model is None or not self._fleet.cars()):
                self._source.check()
                check_at_s = time.monotonic() + _CHECK_EVERY_S
            if not hinted and now_s - started_s >= self._settings.connect_hint_s:
                hinted = True
                self._hint()
            sleep(_TICK_S)

    def watching(self, app: WsgiApp) -> WsgiApp:
        """The same application; tells of clients that speak another protocol."""

        def watched(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            if environ["PATH_INFO"].startswith("/socket.io/"):
                self._look_at(environ)
            answer: Iterable[bytes] = app(environ, start_response)
            return answer

        return watched

    def _look_at(self, environ: Environ) -> None:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        version = query.get("EIO", ["none"])[0]
        address = environ.get("REMOTE_ADDR", "an unknown address")
        if version != "4" and "sid" not in query and address not in self._warned_of:
            self._warned_of.add(address)
            log.warning(
                "a client at %s speaks Engine.IO %s, which is refused: the Udacity simulator and "
                "Socket.IO clients since version 3 say EIO=4",
                address,
                version,
            )

    def _hint(self) -> None:
        if self._fleet.ever > 0:
            return
        hints = ["start the simulator, choose a track and then Autonomous Mode"]
        if self._port != BRIDGE_PORT:
            hints.append(
                f"the Udacity simulator always connects to port {BRIDGE_PORT}, and this bridge "
                f"listens on {self._port}"
            )
        if self._settings.host in ("127.0.0.1", "localhost", "::1"):
            hints.append(
                "a simulator on another machine, or outside of this virtual machine or container, "
                "needs --host 0.0.0.0 here, and its port 4567 forwarded to this machine"
            )
        log.warning("no car yet: %s", "; ".join(hints))
