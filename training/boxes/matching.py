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
        iou: float64 (D, T), the overlap of each pair, whatever their classes; with an ignored
            region, the share of the detection that lies in it.
        truth_of: int64 (D,), the labelled box that a detection found; -1: none.
        ignored: bool (T,), which boxes are ignored regions: these are never found nor missed.
    """

    iou: npt.NDArray[np.float64]
    truth_of: npt.NDArray[np.int64]
    ignored: npt.NDArray[np.bool_]

    @property
    def excused(self) -> npt.NDArray[np.bool_]:
        """bool (D,): detections that found nothing, but lie in an ignored region."""
        inside = (self.iou[:, self.ignored] >= IOU_THRESHOLD).any(axis=1)
        return np.asarray(inside & (self.truth_of < 0), np.bool_)

    @property
    def missed(self) -> npt.NDArray[np.int64]:
        """Labelled boxes that no detection found."""
        return self.missed_by(len(self.truth_of))

    def missed_by(self, best: int) -> npt.NDArray[np.int64]:
        """Labelled boxes that none of the first ``best`` detections found."""
        return np.setdiff1d(np.flatnonzero(~self.ignored), self.truth_of[:best])


def match(image: LabelledImage, found: Detections) -> Matching:
    """Gives each detection, best first, the labelled box of its class that it overlaps most.

    A labelled box is given away once, and only for an overlap of :data:`IOU_THRESHOLD` or more.

    Args:
        image: with the labelled boxes.
        found: detections in pixels of the picture; their class ids are 0 or more.
    """
    from pycocotools import mask

    truths, ignored = len(image.class_ids), image.ignored
    iou = np.zeros((len(found), truths))
    if iou.size:
        iou[:] = mask.iou(sized(found.boxes), sized(image.boxes), ignored.tolist())
    truth_of = np.full(len(found), -1, np.int64)
    open_to = found.class_ids[:, None] == image.class_ids[None, :]
    for row in np.argsort(-found.scores, kind="stable"):
        allowed = np.where(open_to[row] & (iou[row] >= IOU_THRESHOLD), iou[row], -1.0)
        if truths and allowed.max() >= 0:
            truth_of[row] = allowed.argmax()
            open_to[:, truth_of[row]] = False
    return Matching(iou, truth_of, ignored)
