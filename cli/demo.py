"""``roadsight demo``: service, bridge and practice simulator, one lap, and what came of it."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from rich.console import Console

from cli.arguments import parse
from cli.demo_result import REPORT, show_result
from cli.interruption import Interrupted, Interruptions
from cli.processes import Child, Children, free_port
from cli.progress import progress
from cli.service_child import start_service
from cli.simulate import in_words
from cli.steps import Steps
from practice_simulator.settings import TrackName
from protos.endpoints import METRICS_PORT_OFFSET, STEERING

_BRIDGE_START_SECONDS = 30.0

_MAX_LAP_SECONDS = 900
"""In simulated time. A car that stands for good must not keep the demo running."""


class DemoSettings(BaseSettings):
    """Drives a lap in the practice simulator: nothing else has to be installed or running.

    Starts the steering service, the bridge and the practice simulator as processes of their own,
    on free ports, and stops them in the end. Exit code 0 if the lap was completed.
    """

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_DEMO_")

    track: TrackName = Field("lake", description="the track to drive")
    laps: int = Field(1, ge=1, description="how many laps")
    seed: int = Field(0, ge=0, description="decides weather and light")
    set_speed_mph: float = Field(25.0, ge=5, le=30, description="speed to hold, in mph")
    output: Path = Field(
        Path("runs/demo"), description="where the drive's folder is made: path, video, logs"
    )


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    settings = parse(
        DemoSettings,
        arguments,
        "demo",
        examples=(
            "roadsight demo",
            "roadsight demo --seed 5",
            "roadsight demo --track jungle --set-speed-mph 15",
        ),
    )
    # Asked before anything is started: the simulator's packages are an extra.
    import panda3d  # noqa: F401

    console = Console()
    folder = settings.output / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    drive = _Drive(settings, folder, console)
    try:
        with Interruptions() as interruptions, Children(interruptions) as children:
            drive.run(children)
    except Interrupted as interrupted:
        console.print("Stopped; nothing is left running.")
        return interrupted.exit_code
    return show_result(folder, settings.laps, console)


@dataclass
class _Drive:
    settings: DemoSettings
    folder: Path
    console: Console

    def run(self, children: Children) -> None:
        """Starts the three, and returns when the simulator has ended."""
        say = self.console.print
        port = free_port(offset=METRICS_PORT_OFFSET)
        _, address = start_service(children, STEERING, self._log("service"), port)
        say(f"steering service  {address}")
        bridge_port = self._start_bridge(children, address)
        say(f"bridge            127.0.0.1:{bridge_port}")
        simulator = self._start_simulator(children, bridge_port)
        say(f"simulator         {self.settings.track} track")
        with progress("driving", self.console) as show:
            steps = Steps(simulator)
            while not steps.ended:
                children.ensure_running(but=simulator)
                for step in steps.newest():
                    show(step.fraction, in_words(step))
        code = simulator.popen.wait()
        if not (self.folder / REPORT).exists():
            raise simulator.failure(f"the practice simulator ended with exit code {code}")

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _start_bridge(self, children: Children, service_address: str) -> int:
        port = free_port()
        bridge = children.start(
            "bridge",
            [
                "bridge", "--port", str(port), "--steering-address", service_address,
                "--set-speed-mph", str(self.settings.set_speed_mph),
            ],
            self._log("bridge"),
        )  # fmt: skip
        deadline = time.monotonic() + _BRIDGE_START_SECONDS
        while not _listens(port):
            bridge.ensure_running()
            if time.monotonic() > deadline:
                raise bridge.failure(f"the bridge did not open port {port}")
            time.sleep(0.05)
        return port

    def _start_simulator(self, children: Children, bridge_port: int) -> Child:
        self.folder.mkdir(parents=True, exist_ok=True)
        return children.start(
            "practice simulator",
            [
                "simulate", "drive", "--progress", "json", "--port", str(bridge_port),
                "--track", self.settings.track, "--laps", str(self.settings.laps),
                "--seed", str(self.settings.seed),
                "--max-seconds", str(_MAX_LAP_SECONDS * self.settings.laps),
                "--json-path", str(self.folder / REPORT),
                "--plot-path", str(self.folder / "path.png"),
                "--video-path", str(self.folder / "drive.mp4"),
            ],
            self._log("simulator"),
            read_output=True,
        )  # fmt: skip


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False
