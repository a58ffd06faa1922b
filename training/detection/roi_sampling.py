"""Which proposals the head learns from.

R. Girshick, "Fast R-CNN" (2015), section 2.3: a quarter of them overlap an object by half or more,
the others are background. The objects themselves are among the proposals, so that there is
something to learn before the proposals are any good.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import layers, ops

from training.boxes.dataset import IGNORED
from training.overlap import covered, iou

BACKGROUND, NOTHING = 0, -1

_OBJECT_SHARE = 0.25
_OBJECT_IOU = 0.5
_IGNORED_FROM = 0.5


class SampledRois(NamedTuple):
    """The drawn proposals; S a picture.

    Attributes:
        boxes: float32 (N, S, 4).
        kinds: int32 (N, S): 0 background, 1 + class id an object, -1 nothing (there were too few).
        truths: float32 (N, S, 4): the object that each overlaps most.
    """

    boxes: Any
    kinds: Any
    truths: Any


class RoiSampler(layers.Layer):  # type: ignore[misc]
    """Draws proposals for the head's loss.

    Args:
        count: how many of each picture.
        seed: of the drawing.
    """

    def __init__(self, count: int, seed: int) -> None:
        super().__init__(name="roi_sampler", trainable=False)
        self._objects = max(1, int(count * _OBJECT_SHARE))
        self._backgrounds = count - self._objects
        self._random = keras.random.SeedGenerator(seed)

    def call(self, proposals: Any, live: Any, truths: Any, class_ids: Any) -> SampledRois:
        """Draws.

        Args:
            proposals: float32 (N, P, 4).
            live: bool (N, P): which of them are proposals.
            truths: float32 (N, G, 4): the objects, and rows that hold none.
            class_ids: int32 (N, G): class id; ``IGNORED`` for a region in which nothing is known;
                below that for a row that holds none.
        """
        boxes = ops.concatenate([proposals, truths], axis=1)
        live = ops.concatenate([live, class_ids >= 0], axis=1)
        rois = judge(boxes, live, truths, class_ids)
        noise = keras.random.uniform(ops.shape(rois.kinds), seed=self._random)
        object_rows, drawn_objects = _draw(noise, rois.kinds > BACKGROUND, self._objects)
        is_background = ops.equal(rois.kinds, BACKGROUND)
        other_rows, drawn_others = _draw(noise, is_background, self._backgrounds)
        rows = ops.concatenate([object_rows, other_rows], axis=1)
        drawn = ops.concatenate([drawn_objects, drawn_others], axis=1)
        return SampledRois(
            ops.take_along_axis(boxes, rows[..., None], axis=1),
            ops.where(drawn, ops.take_along_axis(rois.kinds, rows, axis=1), NOTHING),
            ops.take_along_axis(rois.truths, rows[..., None], axis=1),
        )


def judge(boxes: Any, live: Any, truths: Any, class_ids: Any) -> SampledRois:
    """What boxes are of.

    Args:
        boxes: float32 (N, R, 4).
        live: bool (N, R): which of them count; the others are nothing.
        truths: float32 (N, G, 4); as :class:`RoiSampler` has them.
        class_ids: int32 (N, G).

    Returns:
        The same boxes, all of them.
    """
    objects = ops.cast(class_ids >= 0, "float32")[:, None]
    unknown = ops.cast(ops.equal(class_ids, IGNORED), "float32")[:, None]
    overlap = iou(boxes, truths) * objects
    nearest = ops.argmax(overlap, axis=2)
    lost = ops.max(covered(boxes, truths) * unknown, axis=2) > _IGNORED_FROM
    kinds = ops.where(
        ops.max(overlap, axis=2) >= _OBJECT_IOU,
        ops.take_along_axis(class_ids, nearest, axis=1) + 1,
        ops.where(lost, NOTHING, BACKGROUND),
    )
    return SampledRois(
        boxes,
        ops.cast(ops.where(live, kinds, NOTHING), "int32"),
        ops.take_along_axis(truths, nearest[..., None], axis=1),
    )


def _draw(noise: Any, wanted: Any, count: int) -> tuple[Any, Any]:
    """Rows of so many of the wanted, at random; and which rows are wanted ones."""
    drawn, rows = ops.top_k(ops.where(wanted, noise, -1.0), count)
    return rows, drawn >= 0
