"""What a network finds in pictures kept for validation, scored as the finished model will be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import keras
import numpy as np
import numpy.typing as npt

from training.boxes.dataset import BoxDataset
from training.boxes.scoring import score_detections
from vision.detections import Detections, in_picture
from vision.preprocessing import letterbox

_BATCH = 16

Find = Callable[[Any, npt.NDArray[np.uint8]], list[Detections]]
"""Finds objects with a network in uint8 (N, size, size, 3), RGB; boxes in pixels of the input."""


class Validation:
    """Scores a training network on its validation sets.

    Args:
        datasets: what to score on.
        size: width and height of the network's input in pixels.
        find: what the network finds, down to :data:`training.boxes.scoring.LOWEST_SCORE`.
    """

    def __init__(self, datasets: Sequence[BoxDataset], size: int, find: Find) -> None:
        self._datasets = datasets
        self._size = size
        self._find = find

    def __call__(self, network: keras.Model) -> dict[str, float]:
        """AP and AP50: ``ap`` and ``ap50``, the means over the sets, and of each set by name."""
        figures: dict[str, float] = {}
        for dataset in self._datasets:
            scores = score_detections(dataset, self.detect(network, dataset))
            figures[f"ap50 {dataset.name}"] = scores.ap50 or 0.0
            figures[f"ap {dataset.name}"] = scores.ap or 0.0
        names = [dataset.name for dataset in self._datasets]
        means = {
            figure: float(np.mean([figures[f"{figure} {name}"] for name in names]))
            for figure in ("ap", "ap50")
        }
        return {**means, **figures}

    def detect(self, network: keras.Model, dataset: BoxDataset) -> list[Detections]:
        """What a network finds in each picture of a set, in pixels of the picture."""
        found: list[Detections] = []
        for start in range(0, len(dataset), _BATCH):
            images = dataset.images[start : start + _BATCH]
            inputs, placements = [], []
            for image in images:
                pixels = cv2.imread(str(image.path), cv2.IMREAD_COLOR)
                if pixels is None:
                    raise ValueError(f"{image.path}: expected a picture that OpenCV can read")
                boxed, placement = letterbox(np.asarray(pixels, np.uint8), self._size, self._size)
                inputs.append(boxed[:, :, ::-1])
                placements.append(placement)
            in_inputs = self._find(network, np.stack(inputs))
            found += [
                in_picture(one, placement, image.width, image.height)
                for one, placement, image in zip(in_inputs, placements, images, strict=True)
            ]
        return found
