"""What a network finds in pictures kept for validation, scored as the finished model will be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import keras
import numpy as np
from keras import ops

from training.boxes.dataset import BoxDataset
from training.boxes.scoring import LOWEST_SCORE, MAX_DETECTIONS, score_detections
from training.plates.decoding import BOX_FIELDS, decode_boxes, make_grid
from training.plates.network import Anchors
from training.plates.thresholds import NMS_IOU
from vision.detections import Detections, in_picture, select_detections
from vision.preprocessing import letterbox

_BATCH = 16


class Validation:
    """Scores a training network on its validation sets.

    Args:
        datasets: what to score on.
        anchors: the network's.
        size: width and height of its input in pixels.
    """

    def __init__(self, datasets: Sequence[BoxDataset], anchors: Anchors, size: int) -> None:
        self._datasets = datasets
        self._grid = make_grid(anchors, size)
        self._size = size

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
        """What a network that gives ``decoding.flatten``'s raw answers finds in each picture."""
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
            raw: Any = network(np.stack(inputs), training=False)
            boxes = ops.convert_to_numpy(decode_boxes(raw, self._grid))
            sure = ops.sigmoid(raw[..., 4:5]) * ops.sigmoid(raw[..., BOX_FIELDS:])
            scores = ops.convert_to_numpy(sure)
            for row, image in enumerate(images):
                chosen = select_detections(
                    boxes[row],
                    scores[row],
                    score_threshold=LOWEST_SCORE,
                    iou_threshold=NMS_IOU,
                    max_detections=MAX_DETECTIONS,
                )
                found.append(in_picture(chosen, placements[row], image.width, image.height))
        return found
