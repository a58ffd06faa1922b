"""Sets and detections from plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from training.boxes.dataset import BoxDataset, LabelledImage
from vision.detections import Detections

Labelled = Sequence[Sequence[float]]
"""Rows of class id, x_min, y_min, x_max, y_max."""
Found = Sequence[Sequence[float]]
"""Rows of score, class id, x_min, y_min, x_max, y_max."""
MakeDataset = Callable[..., BoxDataset]
MakeDetections = Callable[[Found], Detections]
RandomScene = Callable[..., tuple[BoxDataset, list[Detections]]]


@pytest.fixture
def make_dataset() -> MakeDataset:
    """A set of pictures that no file backs, 640x480 unless told."""

    def make(
        *pictures: Labelled, labels: Sequence[str] = ("plate",), size: tuple[int, int] = (640, 480)
    ) -> BoxDataset:
        images = []
        for number, rows in enumerate(pictures):
            values = np.array(rows, np.float32).reshape(-1, 5)
            images.append(
                LabelledImage(
                    Path(f"{number:03d}.png"), *size, values[:, 1:], values[:, 0].astype(np.int64)
                )
            )
        return BoxDataset("drawn", tuple(labels), tuple(images))

    return make


@pytest.fixture
def make_detections() -> MakeDetections:
    def make(rows: Found) -> Detections:
        values = np.array(rows, np.float32).reshape(-1, 6)
        return Detections(values[:, 2:], values[:, 0], values[:, 1].astype(np.int64))

    return make


@pytest.fixture
def random_scene(make_dataset: MakeDataset) -> RandomScene:
    """Boxes of a few sizes, found with an error, some twice, some not, and some out of nothing.

    If told so, the first box of a picture is a region to be ignored.
    """

    def draw(seed: int, ignoring: bool = False) -> tuple[BoxDataset, list[Detections]]:
        rng = np.random.default_rng(seed)
        pictures, detections = [], []
        for _ in range(20):
            corner = rng.uniform(0, 350, (rng.integers(0, 5), 2))
            boxes = np.concatenate([corner, corner + rng.uniform(10, 120, corner.shape)], axis=1)
            pictures.append(
                [
                    (-1 if ignoring and number == 0 else 0, *box)
                    for number, box in enumerate(boxes.tolist())
                ]
            )
            near = np.repeat(boxes, rng.integers(0, 3, len(boxes)), axis=0)
            # Not by more than keeps a box's sides in order: COCO leaves negative areas out.
            size = near[:, 2:] - near[:, :2]
            near = near + rng.uniform(-0.2, 0.2, near.shape) * np.tile(size, 2)
            wild = rng.uniform(0, 200, (rng.integers(0, 3), 4)) + np.array([0, 0, 200, 200])
            found = np.concatenate([near, wild]).astype(np.float32)
            scores = np.sort(rng.uniform(0, 1, len(found)).astype(np.float32))[::-1]
            detections.append(Detections(found, scores.copy(), np.zeros(len(found), np.int64)))
        return make_dataset(*pictures), detections

    return draw
