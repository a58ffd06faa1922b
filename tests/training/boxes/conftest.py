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
