"""The two ways to carry connections: operating system threads, and eventlet's green threads."""

from __future__ import annotations

import logging
import socket
import threading
import warnings
from collections.abc import Callable
from typing import Any, Protocol

from werkzeug.serving import WSGIRequestHandler, make_server

from simulator_bridge.settings import ServerMode

WsgiApp = Callable[..., Any]


class WebServer(Protocol):
    """What the bridge needs of a web server."""

    def start(self, app: WsgiApp) -> None:
        """Begins to serve ``app``; returns at once."""

    def wait(self, stop: threading.Event) -> None:
        """Returns once ``stop`` is set, also by a signal handler."""

    def stop(self) -> None:
        """Takes no more connections."""

    def run_blocking(self, function: Callable[..., Any], *args: Any) -> Any:
        """Calls a function that blocks, without holding up the other connections."""


class ThreadingServer:
    """Werkzeug's server, a thread for each connection.

    Args:
        listener: a socket that listens.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._server: Any = None

    def start(self, app: WsgiApp) -> None:
        """Begins to serve ``app``; returns at once."""
        host, port = self._listener.getsockname()[:2]
        self._server = make_server(
            host,
            port,
            app,
            threaded=True,
            request_handler=_QuietHandler,
            fd=self._listener.fileno(),
        )
        threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="web-server", daemon=True
        ).start()

    def wait(self, stop: threading.Event) -> None:
        """Returns once ``stop`` is set."""
        # With a limit: without one, Windows does not let Ctrl-C through.
        while not stop.wait(0.2):
            pass

    def stop(self) -> None:
        """Takes no more connections."""
        self._server.shutdown()

    def run_blocking(self, function: Callable[..., Any], *args: Any) -> Any:
        """Calls the function."""
        return function(*args)


class EventletServer:
    """Eventlet's server. Nothing is monkey-patched: gRPC needs real threads, and calls of it run
    in eventlet's pool of them.

    Args:
        listener: a socket that listens.
    """

    def __init__(self, listener: socket.socket) -> None:
        with warnings.catch_warnings():
            # It says on import that it is deprecated; whoever chose it knows, and `python -W error`
            # would stop here. Hence also the import in here: threading mode never loads it.
            warnings.simplefilter("ignore")
            import eventlet
            from eventlet import tpool, wsgi
            from eventlet.greenio import GreenSocket

        self._eventlet = eventlet
        self._tpool = tpool
        self._wsgi = wsgi
        self._listener = GreenSocket(listener)
        self._thread: Any = None

    def start(self, app: WsgiApp) -> None:
        """Begins to serve ``app``; returns at once."""
        quiet = logging.getLogger(f"{__name__}.eventlet")
        quiet.setLevel(logging.ERROR)
        self._thread = self._eventlet.spawn(
            self._wsgi.server, self._listener, app, log=quiet, log_output=False
        )

    def wait(self, stop: threading.Event) -> None:
        """Returns once ``stop`` is set."""
        while not stop.is_set():
            self._eventlet.sleep(0.05)

    def stop(self) -> None:
        """Takes no more connections."""
        self._thread.kill()

    def run_blocking(self, function: Callable[..., Any], *args: Any) -> Any:
        """Calls the function in a thread of eventlet's pool."""
        return self._tpool.execute(function, *args)


class _QuietHandler(WSGIRequestHandler):
    """Does not log each request: a simulator that finds no bridge asks thousands of times."""

    def log(self, _type: str, message: str, *args: Any) -> None:
        logging.getLogger(__name__).debug(message, *args)


def make_web_server(mode: ServerMode, listener: socket.socket) -> WebServer:
    """The server for a mode, on a socket that listens already."""
    return ThreadingServer(listener) if mode is ServerMode.THREADING else EventletServer(listener)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        OSError: the port is in use, or the host is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128)
