"""Drawn scenes of squares and discs, and a network that has learned them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

if TYPE_CHECKING:
    from training.runs import TrainReport

SIDE = 64
LABELS = ("square", "disc")
STILL = {
    "mosaic": 0, "light": 0, "night": 0, "colour": 0, "grey": 0, "blur": 0, "noise": 0,
    "compression": 0, "rotate_degrees": 0, "shear_degrees": 0, "shift": 0.05, "scale": (0.9, 1.1),
}  # fmt: skip
TINY = {
    "size": 64, "channels": 32, "head_units": 64,
    "anchor_sizes": [(14, 22), (30,  40), (48, 56), (60, 64)], "level_candidates": 40,
    "training_proposals": 32, "proposals": 24, "looked_at_again": (12,), "sampled_rois": 32,
    "drawn_anchors": 256, "proposal_weight": 1, "max_truths": 4, "batch": 8, "average": 0.9,
    "learning_rate": 2e-3, "warm_up": 0, "plain_epochs": 0, "augmentation": STILL,
}  # fmt: skip


@dataclass(frozen=True)
class Learned:
    """A finished training on drawn scenes."""

    scenes: Path
    report: TrainReport


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """A tiny network that finds the shapes: a minute or two of training."""
    pytest.importorskip("keras")
    from training.detection.settings import TrainSettings
    from training.detection.train import train

    folder = tmp_path_factory.mktemp("learned")
    scenes = draw_scenes(folder / "shapes", train=64, val=24)
    settings = TrainSettings(
        data=[scenes],
        classes=scenes / "map.yaml",
        runs=folder / "runs",
        epochs=12,
        change={**TINY, "samples": 96},
    )
    return Learned(scenes, train(settings))


def draw_scenes(folder: Path, train: int, val: int, seed: int = 0) -> Path:
    """Draws scenes in ``train/`` and ``val/``, a class map beside them; gives the folder."""
    rng = np.random.default_rng(seed)
    for part, count in (("train", train), ("val", val)):
        for inner in ("images", "labels"):
            (folder / part / inner).mkdir(parents=True)
        for number in range(count):
            picture, lines = _scene(rng)
            cv2.imwrite(str(folder / part / "images" / f"{number:03}.png"), picture)
            (folder / part / "labels" / f"{number:03}.txt").write_text("".join(lines))
    (folder / "classes.txt").write_text("\n".join(LABELS) + "\n")
    (folder / "map.yaml").write_text("classes:\n  square: [square]\n  disc: [disc]\n")
    return folder


def _scene(rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    picture = np.full((SIDE, SIDE, 3), rng.integers(70, 130), np.uint8)
    lines: list[str] = []
    # One in each of two halves: shapes that hide each other are another lesson.
    for half in range(2):
        if rng.random() < 0.2:
            continue
        kind, side = int(rng.integers(2)), int(rng.integers(14, 28))
        x = int(rng.integers(0, SIDE // 2 - side)) + half * SIDE // 2
        y = int(rng.integers(0, SIDE - side))
        if kind == 0:
            cv2.rectangle(picture, (x, y), (x + side - 1, y + side - 1), (40, 40, 220), -1)
        else:
            centre = tuple(round((corner + side / 2 - 0.5) * 16) for corner in (x, y))
            cv2.circle(picture, centre, side * 8, (220, 200, 40), -1, cv2.LINE_AA, 4)
        box = ((x + side / 2) / SIDE, (y + side / 2) / SIDE, side / SIDE, side / SIDE)
        lines.append(f"{kind} {' '.join(f'{value:.6f}' for value in box)}\n")
    return picture, lines
