"""A car drives through the containers while services are killed and replaced."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.containers.conftest import Stack, wait_until

KILLS = 10
LAPS = 2
"""One is over in little more than a minute, which on a busy machine is too soon for the kills."""


def counts() -> dict[str, float]:
    """The bridge's counters."""
    with urllib.request.urlopen("http://127.0.0.1:4567/state") as reply:
        found: dict[str, float] = json.load(reply)["counts"]
    return found


def steered() -> float:
    """Telemetries that were answered with steering, so far."""
    return counts().get("answers.steer", 0)


def wait_until_steered(times: int) -> None:
    """Returns once the car has been steered that many times more."""
    wanted = steered() + times
    wait_until(lambda: steered() >= wanted, "the car is steered")


@contextmanager
def driving(report: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The practice simulator on this machine, outside the containers, as a user's would be."""
    command = [sys.executable, "-P", "-m", "cli.main", "simulate", "drive"]
    drive = subprocess.Popen([*command, "--json-path", str(report), *options])
    try:
        yield drive
    finally:
        drive.kill()
        drive.wait()


def kill(stack: Stack, container: str) -> None:
    """As the kernel would for want of memory: `docker kill` counts as meant, and restarts nothing.

    From a container that sees the machine's processes, so that the caller need not be root.
    """
    found = stack.inspect(container)
    script = f"import os; os.kill({found['State']['Pid']}, {signal.SIGKILL.value})"
    options = ("--rm", "--pid=host", "--user=0:0", "--entrypoint=python3")
    stack.docker("run", *options, found["Config"]["Image"], "-c", script)


def wait_until_restarted(stack: Stack, container: str, times: int) -> None:
    """Returns once the engine has started it again, so often in all."""
    wait_until(
        lambda: stack.inspect(container)["RestartCount"] == times, f"{container} is started again"
    )


def test_laps_while_the_steering_service_is_killed_again_and_again(
    start_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    stack = start_stack("cpu")
    (service,) = stack.containers("steering")
    report = tmp_path / "drive.json"
    with driving(report, "--laps", str(LAPS), "--max-seconds", "3600") as drive:
        for number in range(1, KILLS + 1):
            wait_until_steered(20)
            assert drive.poll() is None, "the laps were over too soon"
            kill(stack, service)
            wait_until_restarted(stack, service, number)
            stack.wait_until_healthy(service)
        assert drive.wait() == 0
    driven = json.loads(report.read_text(encoding="utf-8"))
    figures = counts()
    failed = {name: value for name, value in figures.items() if "prediction_failures" in name}
    print(
        f"\n{KILLS} kills: laps {driven['laps']}, unanswered {driven['stalled_answers']}, "
        f"slowest answer {driven['slowest_answer_ms']:.0f} ms, interventions "
        f"{driven['interventions']}, failed predictions {failed}"
    )
    assert driven["laps"] == LAPS
    assert driven["stalled_answers"] == 0
    assert failed


def test_the_bridge_is_killed_and_the_car_comes_back(
    start_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    stack = start_stack("cpu")
    (bridge,) = stack.containers("bridge")
    with driving(tmp_path / "drive.json", "--laps", "9") as drive:
        wait_until_steered(20)
        kill(stack, bridge)
        wait_until_restarted(stack, bridge, 1)
        stack.wait_until_healthy(bridge)
        # The simulator connects anew, as Udacity's does.
        wait_until_steered(20)
        assert drive.poll() is None


def test_two_replicas_are_replaced_one_by_one_and_no_prediction_fails(
    start_stack: Callable[..., Stack], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What counts here is whether an answer comes; how soon, on a busy machine, does not.
    monkeypatch.setenv("ROADSIGHT_DEADLINE_MS", "5000")
    stack = start_stack("cpu", "--scale", "steering=2")
    replicas = stack.containers("steering")
    with driving(tmp_path / "drive.json", "--laps", "99", "--max-seconds", "36000"):
        for replica in replicas:
            wait_until_steered(50)
            stack.docker("stop", replica)
            assert stack.inspect(replica)["State"]["ExitCode"] == 0
            wait_until_steered(50)
            stack.docker("start", replica)
            stack.wait_until_healthy(replica)
        wait_until_steered(200)
        failed = [name for name in counts() if name.startswith("prediction_failures.")]
    assert failed == []


def test_a_lap_with_the_simulator_in_a_container(start_stack: Callable[..., Stack]) -> None:
    stack = start_stack("cpu")
    said = stack.compose("--profile", "demo", "run", "--rm", "--no-TTY", "practice-simulator")
    assert "autonomy" in said
