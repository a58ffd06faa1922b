"""Real processes, started as a user starts them, and found again wherever they went."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

MARK = "ROADSIGHT_TEST_MARK"


@dataclass
class Program:
    """A ``roadsight`` process; its output goes to a file."""

    popen: subprocess.Popen[bytes]
    output: Path

    def text(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, words: str) -> None:
        """Returns once the process has written ``words``; fails if it ends before."""
        pause = threading.Event()
        while words not in self.text():
            if self.popen.poll() is not None and words not in self.text():
                pytest.fail(f"ended with {self.popen.returncode} before {words!r}:\n{self.text()}")
            pause.wait(0.02)

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.popen.send_signal(signal.SIGINT)
        return self.popen.wait()

    def terminate(self) -> int:
        """SIGTERM; returns the exit code."""
        self.popen.terminate()
        return self.popen.wait()


@dataclass
class Programs:
    """The processes of one test, and everything that they have started themselves."""

    folder: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    started: list[Program] = field(default_factory=list)

    def start(self, *arguments: str | Path, **environment: str) -> Program:
        """Starts ``roadsight ARGUMENTS`` in the test's own folder."""
        output = self.folder / f"output-{len(self.started)}.txt"
        with output.open("wb") as file:
            popen = subprocess.Popen(
                [sys.executable, "-P", "-m", "cli.main", *map(str, arguments)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, MARK: self.mark, "PYTHONUNBUFFERED": "1", **environment},
            )
        self.started.append(Program(popen, output))
        return self.started[-1]

    def run(self, *arguments: str | Path, **environment: str) -> Program:
        """Starts ``roadsight ARGUMENTS`` and waits for its end."""
        program = self.start(*arguments, **environment)
        program.popen.wait()
        return program

    def running(self, words: str = "") -> list[int]:
        """Ids of all processes of this test, children of children too, with ``words`` in them."""
        wanted = f"{MARK}={self.mark}".encode()
        found = []
        for process in Path("/proc").iterdir():
            with suppress(OSError):
                if process.name.isdecimal() and wanted in (process / "environ").read_bytes():
                    command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if words in command:
                        found.append(int(process.name))
        return found


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    programs = Programs(tmp_path)
    yield programs
    for pid in programs.running():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for program in programs.started:
        program.popen.wait()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder starts processes, and finds them again in /proc."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.end_to_end)
            item.add_marker(
                pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
            )
