"""What a network in training finds, chosen as serving chooses."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from training.boxes.scoring import LOWEST_SCORE, MAX_DETECTIONS
from training.plates.decoding import BOX_FIELDS, decode_boxes, make_grid
from training.plates.network import Anchors
from training.plates.thresholds import NMS_IOU
from vision.detections import Detections, select_detections


class Finder:
    """Finds plates with a network that gives ``decoding.flatten``'s raw answers.

    Args:
        anchors: the network's.
        size: width and height of its input in pixels.
    """

    def __init__(self, anchors: Anchors, size: int) -> None:
        self._grid = make_grid(anchors, size)

    def __call__(self, network: keras.Model, pictures: npt.NDArray[np.uint8]) -> list[Detections]:
        """The plates in pictures, uint8 (N, size, size, 3), RGB; boxes in pixels of the input."""
        raw: Any = network(pictures, training=False)
        boxes = ops.convert_to_numpy(decode_boxes(raw, self._grid))
        sure = ops.sigmoid(raw[..., 4:5]) * ops.sigmoid(raw[..., BOX_FIELDS:])
        return [
            select_detections(
                *one,
                score_threshold=LOWEST_SCORE,
                iou_threshold=NMS_IOU,
                max_detections=MAX_DETECTIONS,
            )
            for one in zip(boxes, ops.convert_to_numpy(sure), strict=True)
        ]
