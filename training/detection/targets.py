"""What the region proposal network should answer: a few anchors, drawn from all of them.

S. Ren et al., "Faster R-CNN" (2015), section 3.1.2: an anchor is an object if it overlaps one by
0.7 or more, or more than all others do; it is background if it overlaps none by 0.3. Of both 256
are drawn, at most half of them objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.boxes.dataset import IGNORED
from training.detection.anchors import Boxes

OBJECT, BACKGROUND, NOTHING = 1, 0, -1

_IGNORED_FROM = 0.5
"""An anchor with more than this share of it in an ignored region is left out."""


@dataclass(frozen=True)
class AnchorTargets:
    """The drawn anchors of one picture; S of them.

    Attributes:
        rows: int32 (S,): their places among all anchors.
        kinds: int32 (S,): 1 an object, 0 background, -1 nothing (there were too few).
        boxes: float32 (S, 4): the object's box; the anchor's own for others.
    """

    rows: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.int32]
    boxes: Boxes


@dataclass(frozen=True)
class AnchorSampler:
    """Draws anchors for the loss.

    Attributes:
        anchors: float32 (A, 4), in pixels of the input.
        count: how many are drawn.
        object_share: the highest share of objects among them.
        object_iou: overlap from which an anchor is an object.
        background_iou: overlap below which it is background.
    """

    anchors: Boxes
    count: int = 256
    object_share: float = 0.5
    object_iou: float = 0.7
    background_iou: float = 0.3

    def draw(
        self, boxes: Boxes, class_ids: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> AnchorTargets:
        """The drawn anchors of a picture.

        Args:
            boxes: float32 (G, 4): its objects, in pixels of the input.
            class_ids: int64 (G,); ``IGNORED`` for a region in which nothing is known.
            rng: decides which.
        """
        truths, unknown = boxes[class_ids != IGNORED], boxes[class_ids == IGNORED]
        kinds, nearest = self._judge(truths)
        if len(unknown):
            # Of a crowd COCO's overlap is the share of the anchor that lies in it.
            lost = _overlaps(self.anchors, unknown, crowd=True).max(axis=1)
            kinds[(lost > _IGNORED_FROM) & (kinds == BACKGROUND)] = NOTHING
        objects = rng.permutation(np.flatnonzero(kinds == OBJECT))
        objects = objects[: int(self.count * self.object_share)]
        rest = rng.permutation(np.flatnonzero(kinds == BACKGROUND))[: self.count - len(objects)]
        rows = np.zeros(self.count, np.int32)
        drawn = np.concatenate([objects, rest])
        rows[: len(drawn)] = drawn
        drawn_kinds = np.full(self.count, NOTHING, np.int32)
        drawn_kinds[: len(drawn)] = kinds[drawn]
        wanted = self.anchors[rows]
        wanted[: len(objects)] = truths[nearest[objects]]
        return AnchorTargets(rows, drawn_kinds, wanted)

    def _judge(self, truths: Boxes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The kind of every anchor, and the object that it overlaps most."""
        if not len(truths):
            count = len(self.anchors)
            return np.full(count, BACKGROUND), np.zeros(count, np.int64)
        overlap = _overlaps(self.anchors, truths, crowd=False)
        nearest, best = overlap.argmax(axis=1), overlap.max(axis=1)
        kinds = np.full(len(best), NOTHING)
        kinds[best < self.background_iou] = BACKGROUND
        kinds[best >= self.object_iou] = OBJECT
        # No object goes without an anchor, however badly all of them fit it.
        of_object = overlap.max(axis=0)
        favourites, objects = np.nonzero((overlap >= of_object - 1e-6) & (of_object > 0))
        kinds[favourites], nearest[favourites] = OBJECT, objects
        return kinds, nearest


def _overlaps(first: Boxes, second: Boxes, crowd: bool) -> npt.NDArray[np.float64]:
    from pycocotools import mask

    # Arrays, not lists: lists of tens of thousands of anchors take fifty times as long.
    overlaps = mask.iou(_sized(first), _sized(second), [crowd] * len(second))
    return np.asarray(overlaps, np.float64)


def _sized(boxes: Boxes) -> npt.NDArray[np.float64]:
    """Boxes as COCO's library has them: corner, width, height."""
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1, dtype=np.float64)
