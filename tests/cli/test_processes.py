from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.interruption import Interrupted, Interruptions
from cli.processes import Child, Children, free_port, port_is_free

PYTHON = (sys.executable, "-c")

# Says that it is ready, then waits for the signal that ends it.
SLEEPER = "import signal; print('ready', flush=True); signal.pause()"
# Ends only by SIGKILL.
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}; {SLEEPER}"
# Has a child of its own, in the same process group, and tells its id.
PARENT = (
    "import signal, subprocess, sys; "
    "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']); "
    "print(child.pid, flush=True); signal.pause()"
)


@pytest.fixture
def children() -> Iterator[Children]:
    with Interruptions() as interruptions, Children(interruptions, PYTHON) as children:
        yield children


def first_line(child: Child) -> str:
    assert child.popen.stdout is not None
    return child.popen.stdout.readline().strip()


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        # A zombie whose new parent has not looked yet is no process any more.
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_leaving_stops_the_children_the_newest_first() -> None:
    with Interruptions() as interruptions, Children(interruptions, PYTHON) as children:
        started = [children.start(name, [SLEEPER], read_output=True) for name in ("a", "b")]
        for child in started:
            assert first_line(child) == "ready"
    assert [child.popen.returncode for child in started] == [-signal.SIGTERM] * 2


def test_an_error_stops_the_children_as_well() -> None:
    with (
        pytest.raises(CommandError, match="broken"),
        Interruptions() as interruptions,
        Children(interruptions, PYTHON) as children,
    ):
        child = children.start("a", [SLEEPER], read_output=True)
        raise CommandError("broken")
    assert child.popen.returncode is not None


def test_a_child_that_does_not_listen_is_killed(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.processes.STOP_SECONDS", 0.1)
    child = children.start("a", [STUBBORN], read_output=True)
    assert first_line(child) == "ready"
    child.stop()
    assert child.popen.returncode == -signal.SIGKILL


def test_what_a_child_has_started_is_stopped_with_it(children: Children) -> None:
    child = children.start("a", [PARENT], read_output=True)
    grandchild = int(first_line(child))
    assert is_alive(grandchild)
    child.stop()
    gone = threading.Event()
    while is_alive(grandchild):
        gone.wait(0.01)


def test_a_child_that_ended_is_told_with_the_end_of_its_log(
    children: Children, tmp_path: Path
) -> None:
    log = tmp_path / "logs" / "a.log"
    child = children.start("engine", ["print('oil is low'); raise SystemExit(3)"], log)
    child.popen.wait()
    with pytest.raises(CommandError) as raised:
        children.ensure_running()
    assert "the engine ended with exit code 3" in str(raised.value)
    assert "oil is low" in str(raised.value)
    assert str(log) in str(raised.value)
    children.ensure_running(but=child)


def test_free_ports_are_free() -> None:
    port = free_port(offset=1000)
    assert port_is_free("127.0.0.1", port)
    assert port_is_free("127.0.0.1", port + 1000)
    with socket.create_server(("127.0.0.1", port)):
        assert not port_is_free("127.0.0.1", port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_become_one_exception(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Interrupted) as raised, Interruptions():
        signal.raise_signal(number)
    assert raised.value.exit_code == 128 + number
    assert signal.getsignal(number) is before


def test_a_postponed_signal_comes_after_the_block() -> None:
    reached = False
    with pytest.raises(Interrupted), Interruptions() as interruptions:
        with interruptions.postponed():
            signal.raise_signal(signal.SIGTERM)
            reached = True
        pytest.fail("the signal was lost")
    assert reached


def test_a_signal_during_the_start_loses_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Child] = []
    real = Child.__init__

    def interrupted(self: Child, *arguments: object) -> None:
        real(self, *arguments)  # type: ignore[arg-type]
        started.append(self)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(Child, "__init__", interrupted)
    with (
        pytest.raises(Interrupted),
        Interruptions() as interruptions,
        Children(interruptions, PYTHON) as children,
    ):
        children.start("a", [SLEEPER])
    assert started[0].popen.returncode == -signal.SIGTERM
