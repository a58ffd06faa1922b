"""What a network in training finds, chosen as the exported graph chooses."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from keras import ops

from training.boxes.scoring import LOWEST_SCORE, MAX_DETECTIONS
from training.detection.network import FasterRcnn
from training.detection.thresholds import NMS_IOU
from vision.detections import Detections, select_detections


def find(
    network: FasterRcnn,
    pictures: npt.NDArray[np.uint8],
    score_threshold: float = LOWEST_SCORE,
    iou_threshold: float = NMS_IOU,
    max_detections: int = MAX_DETECTIONS,
) -> list[Detections]:
    """The objects in pictures.

    Args:
        network: the network.
        pictures: uint8 (N, size, size, 3), RGB.
        score_threshold: lowest score that counts, 0..1.
        iou_threshold: of two boxes of a class that overlap more, the better one stays.
        max_detections: the best this many of a picture.

    Returns:
        One entry a picture, boxes in pixels of the input.
    """
    answers: Any = network.predict_on_batch(pictures)
    boxes, scores = (ops.convert_to_numpy(answer) for answer in answers)
    return [
        _choose(*one, score_threshold, iou_threshold, max_detections)
        for one in zip(boxes, scores, strict=True)
    ]


def _choose(
    boxes: npt.NDArray[np.float32],
    scores: npt.NDArray[np.float32],
    score_threshold: float,
    iou_threshold: float,
    max_detections: int,
) -> Detections:
    """Among boxes (P, C, 4), one a class, and scores (P, C)."""
    rows, classes = np.nonzero((scores >= score_threshold) & (scores > 0))
    # A box has one class here: its row of scores is zero but there.
    by_class = np.zeros((len(rows), scores.shape[1]), np.float32)
    by_class[np.arange(len(rows)), classes] = scores[rows, classes]
    return select_detections(
        boxes[rows, classes],
        by_class,
        score_threshold=max(score_threshold, float(np.finfo(np.float32).tiny)),
        iou_threshold=iou_threshold,
        max_detections=max_detections,
    )
