"""Child processes that never outlive their parent's work.

Each child leads a process group of its own: a Ctrl-C in the terminal reaches the parent only, which
then stops the children in order, and whatever a child has started itself is stopped with it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from cli.errors import CommandError
from cli.interruption import Interruptions

_ON_WINDOWS = sys.platform == "win32"

# -P: a folder called `cli` where the user happens to stand is not ours.
ROADSIGHT = (sys.executable, "-P", "-m", "cli.main")
"""This command, run by this Python."""

STOP_SECONDS = 10.0
"""How long a child may take to end after it was asked to, before it is killed."""


@dataclass
class Child:
    """A running process of ours.

    Attributes:
        name: what the user knows it as.
        popen: the process.
        log: the file that holds its output; ``None`` if it writes to the terminal.
        stopping: whether it was asked to end.
    """

    name: str
    popen: subprocess.Popen[str]
    log: Path | None
    stopping: bool = False

    def ensure_running(self) -> None:
        """Raises a CommandError with the end of its log if the process has ended."""
        if self.popen.poll() is not None:
            raise self.failure(f"the {self.name} ended with exit code {self.popen.returncode}")

    def failure(self, what: str) -> CommandError:
        """An error that shows what the process said last."""
        if self.log is None:
            return CommandError(what)
        tail = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        said = "\n".join(f"  {line}" for line in tail) or "  (nothing)"
        return CommandError(f"{what}; its last lines, from {self.log}:\n{said}")

    def stop(self) -> None:
        """Asks the process to end, waits, and kills what is left of its group."""
        self.stopping = True
        if self.popen.poll() is None:
            self._signal_group(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(timeout=STOP_SECONDS)
        self._kill_group()
        self.popen.wait()
        if self.popen.stdout is not None:
            self.popen.stdout.close()

    def _signal_group(self, number: int) -> None:
        if _ON_WINDOWS:
            self.popen.terminate()
        else:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.popen.pid, number)

    def _kill_group(self) -> None:
        if _ON_WINDOWS:
            self.popen.kill()
        else:
            self._signal_group(signal.SIGKILL)


class Children:
    """The children of one command. Leaving the context stops them, the newest first.

    Args:
        interruptions: kept back while a child is started or stopped.
        program: what is started, before the arguments.
    """

    def __init__(self, interruptions: Interruptions, program: Sequence[str] = ROADSIGHT) -> None:
        self._interruptions = interruptions
        self._program = list(program)
        self._children: list[Child] = []

    def start(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path | None = None,
        read_output: bool = False,
    ) -> Child:
        """Starts the program.

        Args:
            name: what the user knows it as.
            arguments: the words after the program's own.
            log: file for what it writes; without one it writes to the terminal.
            read_output: its standard output is read by the caller, from ``popen.stdout``.
        """
        with self._interruptions.postponed():
            child = Child(name, _start([*self._program, *arguments], log, read_output), log)
            self._children.append(child)
        return child

    def ensure_running(self, but: Child | None = None) -> None:
        """Raises a CommandError if any of the processes, but one that may, has ended."""
        for child in self._children:
            if child is not but:
                child.ensure_running()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._interruptions.postponed():
            while self._children:
                self._children.pop().stop()


def free_port(host: str = "127.0.0.1", offset: int = 0) -> int:
    """A TCP port nobody listens on; with an offset, the port that much above it is free as well."""
    while True:
        with socket.create_server((host, 0)) as server:
            port: int = server.getsockname()[1]
        if not offset or (port + offset <= 65535 and port_is_free(host, port + offset)):
            return port


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there."""
    try:
        with socket.create_server((host, port)):
            return True
    except OSError:
        return False


def _start(command: list[str], log: Path | None, read_output: bool) -> subprocess.Popen[str]:
    errors: IO[str] | None = None
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        errors = log.open("w", encoding="utf-8")
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if read_output else errors,
            stderr=errors,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
            start_new_session=not _ON_WINDOWS,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    finally:
        if errors is not None:
            errors.close()
