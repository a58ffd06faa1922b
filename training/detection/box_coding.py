"""Boxes as offsets from an anchor or a proposal, and back.

R. Girshick et al., "Rich feature hierarchies for accurate object detection and semantic
segmentation" (2014), appendix C, for a box with centre (x, y) and size (w, h) beside one with
centre (x_a, y_a) and size (w_a, h_a)::

    t_x = (x - x_a) / w_a     t_w = log(w / w_a)
    t_y = (y - y_a) / h_a     t_h = log(h / h_a)

each divided by a spread that brings the four to a size of about one.
"""

from __future__ import annotations

import math
from typing import Any

from keras import ops

Spreads = tuple[float, float, float, float]

PROPOSAL_SPREADS: Spreads = (1.0, 1.0, 1.0, 1.0)
"""Of the region proposal network's offsets."""
HEAD_SPREADS: Spreads = (0.1, 0.1, 0.2, 0.2)
"""Of the head's offsets; the authors' code divides by these."""

MAX_LOG_SCALE = math.log(1000 / 16)
"""A side grows by so much at most; more would only overflow."""


def encode(boxes: Any, references: Any, spreads: Spreads) -> Any:
    """Offsets of boxes from reference boxes.

    Args:
        boxes: float32 (..., 4): x_min, y_min, x_max, y_max, not empty.
        references: float32 (..., 4), of the same shape.
        spreads: what the offsets are divided by.

    Returns:
        float32 (..., 4): t_x, t_y, t_w, t_h.
    """
    centres, sizes = _centres_and_sizes(boxes)
    own_centres, own_sizes = _centres_and_sizes(references)
    offsets = ops.concatenate(
        [(centres - own_centres) / own_sizes, ops.log(sizes / own_sizes)], axis=-1
    )
    return offsets / ops.convert_to_tensor(spreads, dtype=offsets.dtype)


def decode(offsets: Any, references: Any, spreads: Spreads) -> Any:
    """Boxes from their offsets; as :func:`encode` backwards.

    Args:
        offsets: float32 (..., 4): t_x, t_y, t_w, t_h.
        references: float32 (..., 4): x_min, y_min, x_max, y_max.
        spreads: what the offsets were divided by.

    Returns:
        float32 (..., 4): x_min, y_min, x_max, y_max.
    """
    offsets = offsets * ops.convert_to_tensor(spreads, dtype=offsets.dtype)
    own_centres, own_sizes = _centres_and_sizes(references)
    centres = offsets[..., :2] * own_sizes + own_centres
    halves = ops.exp(ops.minimum(offsets[..., 2:], MAX_LOG_SCALE)) * own_sizes / 2
    return ops.concatenate([centres - halves, centres + halves], axis=-1)


def clip(boxes: Any, size: float) -> Any:
    """The part of boxes, float32 (..., 4), inside a square picture of ``size`` pixels."""
    return ops.clip(boxes, 0.0, size)


def _centres_and_sizes(boxes: Any) -> tuple[Any, Any]:
    first, second = boxes[..., :2], boxes[..., 2:]
    return (first + second) / 2, second - first
