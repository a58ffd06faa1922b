"""Simulators without pictures, for tests that are not about pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from practice_simulator import simulation
from practice_simulator.bonnet import HEIGHT, WIDTH, CameraName, Pixels
from practice_simulator.track import Track
from practice_simulator.weather import Weather
from practice_simulator.world import Pose, World


class BlindCameras:
    """In place of the renderer: the picture is a grey that depends on where the car is."""

    def __init__(
        self, track: Track, weather: Weather, seed: int, names: Sequence[CameraName] = ("center",)
    ) -> None:
        self.names = tuple(names)

    def render(self, pose: Pose) -> list[Pixels]:
        grey = int(1000 * (pose.x + pose.z)) % 256
        return [np.full((HEIGHT, WIDTH, 3), grey, np.uint8) for _ in self.names]

    def close(self) -> None:
        pass


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drives without rendering."""
    monkeypatch.setattr(simulation, "Cameras", BlindCameras)


@pytest.fixture
def worlds(monkeypatch: pytest.MonkeyPatch) -> list[World]:
    """The worlds that drives make, so that a test's bridge can cheat and look at them."""
    made: list[World] = []

    class SeenWorld(World):
        def __init__(self, *args: object) -> None:
            super().__init__(*args)  # type: ignore[arg-type]
            made.append(self)

    monkeypatch.setattr(simulation, "World", SeenWorld)
    return made
