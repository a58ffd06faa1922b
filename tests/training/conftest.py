"""Drawn recordings: a bending road as the simulator's cameras would see it, and its steering."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from training.runs import Progress, RunFolder
from training.steering.bicycle import curvature
from training.steering.camera import SIDE_CAMERA_M, SIMULATOR_CAMERA

ROOT = Path(__file__).resolve().parents[2]
CAMERAS = ("center", "left", "right")
DrawRecording = Callable[..., Path]


def draw_road(bend: float, right_m: float, grain: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A road 7 m wide of curvature ``bend`` (1/m, positive right), seen from ``right_m``."""
    picture = np.full((160, 320, 3), (60, 120, 90), np.uint8)
    picture[:61] = (220, 180, 120)
    ahead = np.linspace(0.8, 60, 60)
    middle = bend * ahead**2 / 2 - right_m
    edges = [_to_pixels(middle + side, ahead) for side in (-3.5, 3.5)]
    outline = np.concatenate([edges[0], edges[1][::-1]])
    cv2.fillPoly(picture, [outline], (95, 95, 95))
    for edge in edges:
        cv2.polylines(picture, [edge], isClosed=False, color=(220, 230, 230), thickness=2)
    noise = grain.normal(0, 4, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _to_pixels(x: npt.NDArray[np.float64], z: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    points = SIMULATOR_CAMERA.road_to_picture() @ np.stack([x, z, np.ones_like(x)])
    return np.clip(points[:2] / points[2], -4000, 4000).T.round().astype(np.int32)


def stamp(number: int, step_ms: int = 100) -> str:
    milliseconds = number * step_ms
    minutes, rest = divmod(milliseconds, 60_000)
    return f"2026_11_24_10_{minutes:02d}_{rest // 1000:02d}_{rest % 1000:03d}"


@pytest.fixture
def draw_recording(tmp_path: Path) -> DrawRecording:
    """Writes a recording as the simulator does, and returns its folder."""

    def draw(
        name: str = "drawn",
        steering: Sequence[float] | npt.NDArray[np.floating] = (0.0, 0.1, -0.2),
        speed_mph: float = 20.0,
        seed: int = 0,
    ) -> Path:
        folder = tmp_path / name
        (folder / "IMG").mkdir(parents=True)
        grain = np.random.default_rng(seed)
        lines = []
        for number, value in enumerate(steering):
            names = [f"{camera}_{stamp(number)}.jpg" for camera in CAMERAS]
            for file, side in zip(names, SIDE_CAMERA_M, strict=True):
                picture = draw_road(curvature(float(value)), side, grain)
                cv2.imwrite(str(folder / "IMG" / file), picture)
            paths = ",".join(f"C:\\Users\\me\\drive\\IMG\\{file}" for file in names)
            lines.append(f"{paths},{float(value):.7g},0.5,0,{speed_mph}")
        (folder / "driving_log.csv").write_text("\n".join(lines) + "\n")
        return folder

    return draw


@pytest.fixture
def winding() -> npt.NDArray[np.float64]:
    """Steering of a road that winds left and right, for 240 frames."""
    time = np.arange(240)
    return 0.35 * np.sin(time / 9) + 0.15 * np.sin(time / 4.1 + 1)


@pytest.fixture
def draw_road_picture() -> Callable[[float, float], npt.NDArray[np.uint8]]:
    """Draws one picture of a road of some bend (1/m) from some metres right of its middle."""
    return lambda bend, right_m: draw_road(bend, right_m, np.random.default_rng(0))


KillAfterAnEpoch = Callable[[str, str, RunFolder], Progress]


@pytest.fixture
def kill_after_an_epoch() -> KillAfterAnEpoch:
    """Runs a training in a process and kills it once an epoch is saved; gives what was saved."""

    def kill(program: str, settings: str, run: RunFolder) -> Progress:
        process = subprocess.Popen(
            [sys.executable, "-c", program, settings],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
        )
        try:
            while run.read_checkpoint() is None:
                assert process.poll() is None, "training ended before its first epoch was saved"
                time.sleep(0.01)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        saved = run.read_checkpoint()
        assert saved is not None
        return saved[1]

    return kill
