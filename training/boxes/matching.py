"""Which detection found which labelled box, picture by picture, as COCO's evaluator decides it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.boxes.coco import sized
from training.boxes.dataset import LabelledImage
from vision.detections import Detections

IOU_THRESHOLD = 0.5
"""The overlap from which a detection has found a labelled box."""


@dataclass(frozen=True)
class Matching:
    """Detections of one picture beside its labelled boxes; D of those, T of these.

    Attributes:
        iou: float64 (D, T), the overlap of each pair, whatever their classes.
        truth_of: int64 (D,), the labelled box that a detection found; -1: none.
    """

    iou: npt.NDArray[np.float64]
    truth_of: npt.NDArray[np.int64]

    @property
    def missed(self) -> npt.NDArray[np.int64]:
        """Labelled boxes that no detection found."""
        return np.setdiff1d(np.arange(self.iou.shape[1]), self.truth_of)


def match(image: LabelledImage, found: Detections) -> Matching:
    """Gives each detection, best first, the labelled box of its class that it overlaps most.

    A labelled box is given away once, and only for an overlap of :data:`IOU_THRESHOLD` or more.

    Args:
        image: with the labelled boxes.
        found: detections in pixels of the picture.
    """
    from pycocotools import mask

    truths = len(image.class_ids)
    iou = np.zeros((len(found), truths))
    if iou.size:
        iou[:] = mask.iou(sized(found.boxes), sized(image.boxes), [0] * truths)
    truth_of = np.full(len(found), -1, np.int64)
    open_to = found.class_ids[:, None] == image.class_ids[None, :]
    for row in np.argsort(-found.scores, kind="stable"):
        allowed = np.where(open_to[row] & (iou[row] >= IOU_THRESHOLD), iou[row], -1.0)
        if truths and allowed.max() >= 0:
            truth_of[row] = allowed.argmax()
            open_to[:, truth_of[row]] = False
    return Matching(iou, truth_of)
