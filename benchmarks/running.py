"""Starts the real processes that a benchmark measures, and stops them."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from client import ServiceUnavailable, wait_until_serving
from protos.endpoints import Endpoint

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0

# -P: a folder called `cli` where the user happens to stand is not ours.
_ROADSIGHT = (sys.executable, "-P", "-m", "cli.main")


class ProcessError(Exception):
    """A process did not start; the message says which, and what it said last."""


class Running:
    """A ``roadsight`` command as a process.

    Attributes:
        popen: the process.
    """

    def __init__(self, name: str, arguments: Sequence[str], log: IO[bytes]) -> None:
        self.popen = subprocess.Popen([*_ROADSIGHT, *arguments], stderr=log)
        self._name = name
        self._log = log

    def wait_for(self, ready: Callable[[], object]) -> None:
        """Returns once ``ready`` does not raise.

        Raises:
            ProcessError: the process ended first, or it took longer than ``START_TIMEOUT_S``.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                ready()
            except (OSError, ServiceUnavailable) as error:
                ended = self.popen.poll() is not None
                if not ended and time.monotonic() < deadline:
                    time.sleep(0.02)
                    continue
                what = "ended" if ended else "is not ready"
                self._log.seek(0)
                said = self._log.read().decode(errors="replace").strip().splitlines()[-5:]
                raise ProcessError("\n  ".join([f"the {self._name} {what}", *said])) from error
            else:
                return

    def stop(self) -> None:
        """Asks the process to end, and kills it if it does not."""
        self.popen.terminate()
        try:
            self.popen.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


@contextmanager
def _started(name: str, arguments: Sequence[str]) -> Iterator[Running]:
    with tempfile.TemporaryFile() as log:
        running = Running(name, arguments, log)
        try:
            yield running
        finally:
            running.stop()


@contextmanager
def running_service(endpoint: Endpoint, port: int, model: Path | None) -> Iterator[Running]:
    """A service, once it is serving; stopped when the context is left.

    Args:
        endpoint: which service.
        port: where it listens.
        model: the model file; the newest in the repository unless given.

    Raises:
        ProcessError: it does not start.
    """
    arguments = ["serve", endpoint.name, "--port", str(port), "--no-metrics"]
    if model is not None:
        arguments += ["--model", str(model)]
    with _started(f"{endpoint.name} service", arguments) as running:
        running.wait_for(lambda: wait_until_serving(f"127.0.0.1:{port}", endpoint, 0.5))
        yield running


@contextmanager
def bridge(port: int, service_port: int, arguments: Sequence[str] = ()) -> Iterator[Running]:
    """The bridge, once it listens; stopped when the context is left.

    Args:
        port: where it listens.
        service_port: the steering service's port.
        arguments: more of its flags.

    Raises:
        ProcessError: it does not start.
    """
    address = f"127.0.0.1:{service_port}"
    command = ["bridge", "--port", str(port), "--steering-address", address, *arguments]
    with _started("bridge", command) as running:
        running.wait_for(lambda: connect(port))
        yield running


def connect(port: int) -> None:
    """Connects to a port of this machine and closes again.

    Raises:
        OSError: nothing listens there.
    """
    socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
