"""A service as a child of another command."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.interruption import Interruptions
from cli.processes import Child, Children, free_port, port_is_free
from client import ServiceUnavailable, wait_until_serving
from protos.endpoints import METRICS_PORT_OFFSET, Endpoint

START_SECONDS = 60.0
"""How long the service may take to load its model and warm up; a cold disk is slow."""

_HOST = "127.0.0.1"


def start_service(
    children: Children, endpoint: Endpoint, log: Path | None = None, port: int | None = None
) -> tuple[Child, str]:
    """Starts a service and waits until it serves.

    Args:
        children: who stops it in the end.
        endpoint: which service.
        log: file for what it writes; without one it writes to the terminal.
        port: where it listens; its own port or, if somebody is there, a free one unless given.

    Returns:
        The process, and the service's address.

    Raises:
        CommandError: it ended, or was not ready in time.
    """
    chosen = port if port is not None else _default_or_free_port(endpoint)
    arguments = ["serve", endpoint.name, "--host", _HOST, "--port", str(chosen)]
    child = children.start(f"{endpoint.name} service", arguments, log)
    address = f"{_HOST}:{chosen}"
    waited = 0.0
    while True:
        # In short waits: a service that has ended is noticed at once.
        try:
            wait_until_serving(address, endpoint, timeout_s=1.0)
            return child, address
        except ServiceUnavailable as error:
            child.ensure_running()
            waited += 1.0
            if waited >= START_SECONDS:
                raise child.failure(str(error)) from error


@contextmanager
def asked_service(endpoint: Endpoint, address: str, start: bool) -> Iterator[str]:
    """The address of the service that a command asks: a running one, or one of its own.

    Args:
        endpoint: which service.
        address: of the running one.
        start: start one instead, on a free port; it is stopped when the context is left.

    Raises:
        CommandError: it did not start.
        Interrupted: somebody wants this to end; only if the service is started.
    """
    if not start:
        yield address
        return
    with (
        Interruptions() as interruptions,
        tempfile.TemporaryDirectory() as folder,
        Children(interruptions) as children,
    ):
        yield start_service(children, endpoint, Path(folder) / f"{endpoint.name}.log")[1]


def _default_or_free_port(endpoint: Endpoint) -> int:
    if port_is_free(_HOST, endpoint.port) and port_is_free(_HOST, endpoint.metrics_port):
        return endpoint.port
    return free_port(_HOST, offset=METRICS_PORT_OFFSET)
