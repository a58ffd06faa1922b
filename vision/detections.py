"""What a detector found: boxes with scores and classes, and the choice among its raw answers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.preprocessing import Placement

Boxes = npt.NDArray[np.float32]

MAX_CANDIDATES = 4000
"""The best this many answers are compared with each other; the time grows with their square."""


@dataclass(frozen=True)
class Detections:
    """Objects found in one picture, best first.

    Attributes:
        boxes: float32 (N, 4): x_min, y_min, x_max, y_max in pixels.
        scores: float32 (N,), 0..1.
        class_ids: int64 (N,).
    """

    boxes: Boxes
    scores: npt.NDArray[np.float32]
    class_ids: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes.shape != (count, 4) or self.class_ids.shape != (count,):
            raise ValueError(
                f"expected boxes (N, 4), scores (N,) and class_ids (N,) of one N, got "
                f"{self.boxes.shape}, {self.scores.shape} and {self.class_ids.shape}"
            )

    def __len__(self) -> int:
        return len(self.scores)


def select_detections(
    boxes: Boxes,
    scores: npt.NDArray[np.float32],
    *,
    score_threshold: float,
    iou_threshold: float,
    max_detections: int,
    class_ids: Collection[int] | None = None,
) -> Detections:
    """The detections among a model's raw answers: above the threshold, and none of them twice.

    Args:
        boxes: float32 (A, 4): x_min, y_min, x_max, y_max, one an anchor.
        scores: float32 (A, C), 0..1, one a class.
        score_threshold: lowest score that counts, 0..1.
        iou_threshold: of two boxes of a class that overlap more than this, the better one stays
            (greedy non-maximum suppression).
        max_detections: the best this many.
        class_ids: the classes that count; all of them if left out.

    Returns:
        The detections, best first.
    """
    wanted = scores >= score_threshold
    if class_ids is not None:
        unwanted = np.setdiff1d(np.arange(scores.shape[1]), np.fromiter(class_ids, np.int64))
        wanted[:, unwanted] = False
    rows, classes = np.nonzero(wanted)
    if len(rows) > MAX_CANDIDATES:
        best = np.sort(np.argsort(-scores[rows, classes], kind="stable")[:MAX_CANDIDATES])
        rows, classes = rows[best], classes[best]
    found, kinds = scores[rows, classes], classes.astype(np.int64)
    corners = boxes[rows]
    # OpenCV takes corner and size. It keeps classes apart by moving each beyond the largest
    # coordinate of all, which only does if none is below 0.
    first = corners[:, :2] - corners.min(initial=0)
    sized = np.concatenate([first, corners[:, 2:] - corners[:, :2]], axis=1)
    kept = np.zeros(0, np.int64)
    if len(rows):
        kept = np.asarray(
            cv2.dnn.NMSBoxesBatched(
                sized.tolist(), found.tolist(), kinds.tolist(), 0.0, iou_threshold
            ),
            np.int64,
        ).reshape(-1)
    kept = kept[np.argsort(-found[kept], kind="stable")][:max_detections]
    return Detections(corners[kept], found[kept].astype(np.float32), kinds[kept])


def in_picture(found: Detections, placement: Placement, width: int, height: int) -> Detections:
    """Detections in pixels of the picture, from those in pixels of a letterboxed input.

    Args:
        found: boxes in pixels of the input.
        placement: where the picture lies in the input.
        width: of the picture in pixels.
        height: of the picture in pixels.

    Returns:
        The detections clipped to the picture, without those that lay in the bars beside it.
    """
    boxes = placement.to_picture(found.boxes, width, height)
    inside = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    return Detections(boxes[inside], found.scores[inside], found.class_ids[inside])
