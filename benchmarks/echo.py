"""The bridge's own server with nothing behind it: what the websocket and Socket.IO alone take."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import socketio

from benchmarks.running import START_TIMEOUT_S, connect
from cli.processes import free_port
from simulator_bridge.commands import STOP, to_payload
from simulator_bridge.legacy_client import SimulatorServer
from simulator_bridge.settings import ServerMode
from simulator_bridge.web_servers import listen, make_web_server

_ANSWER = to_payload(STOP, decimal_comma=False)


def serve(port: int, mode: ServerMode) -> None:
    """Answers each telemetry with the same ``steer`` at once; does not return."""
    listener = listen("127.0.0.1", port)
    web_server = make_web_server(mode, listener)
    server = SimulatorServer(mode.value, 1 << 20, on_unreadable=lambda: None)

    def on_telemetry(sid: str, _payload: object) -> None:
        server.emit("steer", _ANSWER, to=sid)

    server.on("telemetry", on_telemetry)
    web_server.start(socketio.WSGIApp(server))
    web_server.wait(threading.Event())


@contextmanager
def echo_server(mode: ServerMode) -> Iterator[int]:
    """The server in a process of its own; gives its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.echo", str(port), mode.value])
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                connect(port)
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    serve(int(sys.argv[1]), ServerMode(sys.argv[2]))
