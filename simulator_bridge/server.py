"""The bridge as a process: puts the parts together, serves until it is told to stop."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import socketio

from simulator_bridge.cockpit import make_cockpit
from simulator_bridge.fleet import Fleet
from simulator_bridge.legacy_client import SimulatorServer
from simulator_bridge.lookout import Lookout
from simulator_bridge.metrics import BridgeMetrics
from simulator_bridge.settings import BridgeSettings
from simulator_bridge.steering_source import SteeringSource
from simulator_bridge.web_servers import WebServer, WsgiApp, listen, make_web_server

log = logging.getLogger(__name__)

STOP_TIMEOUT_S = 1.0
"""How long stopping may wait for cars and recorders, in seconds."""


class Bridge:
    """A bridge on a socket that listens already.

    Args:
        settings: what the user set.
        listener: the socket; the bridge closes it.
    """

    def __init__(self, settings: BridgeSettings, listener: socket.socket) -> None:
        self._listener = listener
        self._server: WebServer = make_web_server(settings.server, listener)
        self._metrics = BridgeMetrics()
        self._sio = SimulatorServer(
            settings.server.value, settings.max_message_bytes, self._metrics.unreadable.inc
        )
        self._source = SteeringSource(
            settings.steering_address, settings.deadline_ms / 1000.0, self._server.run_blocking
        )
        self._fleet = Fleet(settings, self._sio, self._source, self._metrics)
        self._lookout = Lookout(settings, listener.getsockname()[1], self._fleet, self._source)
        cockpit = make_cockpit(settings, self._fleet, self._source, self._metrics, self._sio.sleep)
        self._app: WsgiApp = socketio.WSGIApp(self._sio, cockpit.wsgi_app)

    def serve(self, stop: threading.Event) -> None:
        """Serves until ``stop`` is set; then stops the cars and closes everything."""
        self._server.start(self._lookout.watching(self._app))
        self._sio.start_background_task(self._lookout.run, self._sio.sleep, stop)
        self._server.wait(stop)
        self._server.stop()
        self._fleet.stop(STOP_TIMEOUT_S)
        self._sio.close_all()
        self._source.close()
        self._listener.close()


def run(settings: BridgeSettings) -> int:
    """Runs the bridge until SIGINT or SIGTERM. Call it in the main thread.

    Returns:
        The exit code: 0 when it was stopped, 1 when it could not listen.
    """
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        log.error("%s", _cannot_listen(settings, error))
        return 1
    stop = threading.Event()
    with _stopped_by_signals(stop):
        bridge = Bridge(settings, listener)
        port = listener.getsockname()[1]
        log.info(
            "listening on %s:%d (%s); cockpit page: http://%s:%d/",
            settings.host,
            port,
            settings.server,
            "localhost" if settings.host in ("0.0.0.0", "::") else settings.host,  # noqa: S104
            port,
        )
        bridge.serve(stop)
    log.info("stopped")
    return 0


def _cannot_listen(settings: BridgeSettings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {settings.port} on {settings.host} is already in use: another bridge or "
            "driving script still runs. Stop it, or choose another port with --port (the Udacity "
            "simulator itself always connects to 4567). Who it is: "
            f"`ss -ltnp 'sport = :{settings.port}'` (Linux), `lsof -i :{settings.port}` (macOS), "
            f"`netstat -ano | findstr :{settings.port}` (Windows)"
        )
    return f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}"


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
