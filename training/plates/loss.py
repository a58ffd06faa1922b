"""The loss: CIoU for the box, cross entropy for objectness and class.

Z. Zheng et al., "Distance-IoU Loss: Faster and Better Learning for Bounding Box Regression" (AAAI
2020), equations 8 to 11; the rest as in darknet's ``[yolo]`` layer.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from training.overlap import iou
from training.plates.decoding import BOX_FIELDS, Grid, decode_boxes
from training.plates.targets import TARGET_FIELDS

_EPSILON = 1e-7


def complete_iou(found: Any, wanted: Any) -> Any:
    """CIoU of boxes, pair by pair: overlap, less the distance of centres and of aspects.

    Args:
        found: float32 (..., 4): x_min, y_min, x_max, y_max.
        wanted: float32 (..., 4).

    Returns:
        float32 (...), -1.5..1; 1 for equal boxes.
    """
    size_a = ops.maximum(found[..., 2:] - found[..., :2], _EPSILON)
    size_b = ops.maximum(wanted[..., 2:] - wanted[..., :2], _EPSILON)
    common = ops.prod(
        ops.maximum(
            ops.minimum(found[..., 2:], wanted[..., 2:])
            - ops.maximum(found[..., :2], wanted[..., :2]),
            0.0,
        ),
        axis=-1,
    )
    union = ops.prod(size_a, axis=-1) + ops.prod(size_b, axis=-1) - common
    iou = common / (union + _EPSILON)
    hull = ops.maximum(found[..., 2:], wanted[..., 2:]) - ops.minimum(
        found[..., :2], wanted[..., :2]
    )
    diagonal = ops.sum(hull * hull, axis=-1)
    apart = (found[..., :2] + found[..., 2:] - wanted[..., :2] - wanted[..., 2:]) / 2
    distance = ops.sum(apart * apart, axis=-1) / (diagonal + _EPSILON)
    turn = ops.arctan(size_b[..., 0] / size_b[..., 1]) - ops.arctan(size_a[..., 0] / size_a[..., 1])
    aspect = 4 / math.pi**2 * turn * turn
    trade_off = ops.stop_gradient(aspect / (1 - iou + aspect + _EPSILON))
    return iou - distance - trade_off * aspect


class YoloLoss(keras.losses.Loss):  # type: ignore[misc]
    """The loss of a batch, a mean over its pictures.

    Args:
        grid: the network's anchors.
        ignore_iou: an anchor whose box overlaps a labelled one more than this is not taught to be
            silent, although another one has to find it (``ignore_thresh``).
        box_weight: weight of the box's part.
        class_weight: weight of the class's part.
    """

    def __init__(
        self,
        grid: Grid,
        ignore_iou: float = 0.7,
        box_weight: float = 3.0,
        class_weight: float = 0.5,
    ) -> None:
        super().__init__(name="yolo_loss")
        self._grid = grid
        self._ignore_iou = ignore_iou
        self._box_weight = box_weight
        self._class_weight = class_weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each picture: float32 (N,).

        Args:
            y_true: targets, float32 (N, A + truths, 6 + classes), of ``TargetMaker``.
            y_pred: raw answers, float32 (N, A, 5 + classes), of ``decoding.flatten``.
        """
        anchors = len(self._grid.cells)
        truths = y_true[:, anchors:, :4]
        target = y_true[:, :anchors]
        positive, may_be_negative = target[..., 4], target[..., 5]
        boxes = decode_boxes(y_pred, self._grid)
        overlap = ops.max(ops.stop_gradient(iou(boxes, truths)), axis=-1)
        known = may_be_negative * ops.cast(overlap < self._ignore_iou, "float32")
        counted = ops.maximum(positive, known)
        objectness = counted * _cross_entropy(positive, y_pred[..., 4])
        box = positive * (1 - complete_iou(boxes, target[..., :4]))
        classes = ops.sum(
            _cross_entropy(target[..., TARGET_FIELDS:], y_pred[..., BOX_FIELDS:]), axis=-1
        )
        terms = objectness + self._box_weight * box + self._class_weight * positive * classes
        return ops.sum(terms, axis=-1)


def _cross_entropy(wanted: Any, logit: Any) -> Any:
    """Binary cross entropy from logits, in a form that does not overflow."""
    return ops.maximum(logit, 0.0) - logit * wanted + ops.log1p(ops.exp(-ops.abs(logit)))
