"""The containers of docker-compose.yml, started as a user starts them, and called from outside."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from protos.endpoints import SERVICES, Endpoint

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0
"""How long a test waits for a condition. Machines are busy, a container starts in seconds."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Only ``make test-containers`` runs what is here: it needs a container engine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.containers)
            item.add_marker(pytest.mark.timeout(1200))


@dataclass
class Stack:
    """A running compose project."""

    profiles: str

    def compose(self, *arguments: str) -> str:
        """``docker compose ARGUMENTS``; returns its output, fails with it."""
        return self.docker("compose", *arguments)

    def docker(self, *arguments: str) -> str:
        """``docker ARGUMENTS``; returns its output, fails with it."""
        environment = {"COMPOSE_PROFILES": self.profiles, "COMPOSE_PROJECT_NAME": "roadsight-test"}
        # The engine picks free ones: any outgoing connection may hold one of the services' own.
        for endpoint in SERVICES:
            environment[f"ROADSIGHT_{endpoint.name.upper()}_PORT"] = "0"
        result = subprocess.run(
            ["docker", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            pytest.fail(f"docker {' '.join(arguments)}:\n{result.stdout}\n{result.stderr}")
        return result.stdout

    def address(self, endpoint: Endpoint) -> str:
        """Where a published service answers on this machine, as host:port."""
        return self.compose("port", f"{endpoint.name}-published", str(endpoint.port)).strip()

    def containers(self, service: str = "") -> list[str]:
        """Ids of the project's containers, or of one service's, those that ended too."""
        return self.compose("ps", "--all", "--quiet", *([service] if service else [])).split()

    def inspect(self, container: str) -> dict[str, Any]:
        """What the engine knows of a container."""
        found: list[dict[str, Any]] = json.loads(self.docker("inspect", container))
        return found[0]

    def health(self, container: str) -> str:
        """``starting``, ``healthy`` or ``unhealthy``; another word if it does not run."""
        state = self.inspect(container)["State"]
        return str(state["Health"]["Status"] if state["Running"] else state["Status"])

    def wait_until_healthy(self, container: str) -> None:
        """Returns once the container's own check says that it is."""
        wait_until(lambda: self.health(container) == "healthy", f"{container} is healthy")


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Returns as soon as the condition is true; fails after a long time."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / 0.1)):
        if condition():
            return
        pause.wait(0.1)
    pytest.fail(f"waited in vain until {what}")


@pytest.fixture(scope="session")
def images() -> None:
    """The images of this checkout."""
    stack = Stack("services,demo")
    stack.compose("build", "--quiet", "bridge", "practice-simulator")


@pytest.fixture
def start_stack(images: None) -> Iterator[Callable[..., Stack]]:
    """Starts the containers of some profiles, all of them healthy; removes them after the test."""
    started: list[Stack] = []

    def start(profiles: str, *options: str) -> Stack:
        started.append(Stack(profiles))
        started[-1].compose("up", "--detach", "--wait", *options)
        return started[-1]

    yield start
    for stack in started:
        stack.compose("down", "--volumes", "--timeout", "5")
