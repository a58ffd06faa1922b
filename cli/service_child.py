"""The steering service as a child of another command."""

from __future__ import annotations

from pathlib import Path

from cli.processes import Child, Children, free_port, port_is_free
from client import ServiceUnavailable, wait_until_serving
from protos.endpoints import METRICS_PORT_OFFSET, STEERING

START_SECONDS = 60.0
"""How long the service may take to load its model and warm up; a cold disk is slow."""

_HOST = "127.0.0.1"


def start_steering_service(
    children: Children, log: Path | None = None, port: int | None = None
) -> tuple[Child, str]:
    """Starts the service and waits until it serves.

    Args:
        children: who stops it in the end.
        log: file for what it writes; without one it writes to the terminal.
        port: where it listens; its own port or, if somebody is there, a free one unless given.

    Returns:
        The process, and the service's address.

    Raises:
        CommandError: it ended, or was not ready in time.
    """
    chosen = port if port is not None else _default_or_free_port()
    arguments = ["serve", STEERING.name, "--host", _HOST, "--port", str(chosen)]
    child = children.start("steering service", arguments, log)
    address = f"{_HOST}:{chosen}"
    waited = 0.0
    while True:
        # In short waits: a service that has ended is noticed at once.
        try:
            wait_until_serving(address, STEERING, timeout_s=1.0)
            return child, address
        except ServiceUnavailable as error:
            child.ensure_running()
            waited += 1.0
            if waited >= START_SECONDS:
                raise child.failure(str(error)) from error


def _default_or_free_port() -> int:
    if port_is_free(_HOST, STEERING.port) and port_is_free(_HOST, STEERING.metrics_port):
        return STEERING.port
    return free_port(_HOST, offset=METRICS_PORT_OFFSET)
