"""A tiny U-Net that has learned drawn scenes, shared by the tests of what comes after training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.training.segmentation.drawn_scenes import HEIGHT, WIDTH, draw_scenes
from training.runs import TrainReport

TINY = {
    "width": WIDTH, "height": HEIGHT, "base_filters": 8, "dropout": 0.0, "average": 0.9,
    "learning_rate": 4e-3, "warm_up": 0, "samples": 128,
    # In a few epochs the smallest class is only learned if it counts more.
    "class_balance": 0.5,
    "augmentation": {"scale": [0.9, 1.2], "night": 0, "blur": 0, "noise": 0, "compression": 0},
}  # fmt: skip


@dataclass(frozen=True)
class Learned:
    """A finished training on drawn scenes."""

    scenes: Path
    report: TrainReport


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """A tiny U-Net with an encoder of its own that names the pixels: a minute of training."""
    pytest.importorskip("keras")
    from training.segmentation.settings import TrainSettings
    from training.segmentation.train import train

    folder = tmp_path_factory.mktemp("segmentation")
    scenes = draw_scenes(folder / "drawn", train=64, val=16, test=16)
    settings = TrainSettings(
        data=[scenes], runs=folder / "runs", encoder="none", depth=3, epochs=12, change=TINY
    )
    return Learned(scenes, train(settings))
