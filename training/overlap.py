"""How much boxes overlap."""

from __future__ import annotations

from typing import Any

from keras import ops


def iou(first: Any, second: Any) -> Any:
    """Intersection over union of each pair.

    Args:
        first: float32 (..., M, 4): x_min, y_min, x_max, y_max.
        second: float32 (..., N, 4).

    Returns:
        float32 (..., M, N), 0..1; 0 where both are empty.
    """
    shared = _intersection(first, second)
    union = area(first)[..., :, None] + area(second)[..., None, :] - shared
    return shared / ops.maximum(union, 1e-6)


def covered(first: Any, second: Any) -> Any:
    """The share of each first box that lies in each second: float32 (..., M, N), 0..1."""
    return _intersection(first, second) / ops.maximum(area(first)[..., :, None], 1e-6)


def area(boxes: Any) -> Any:
    """Area of boxes, float32 (...), from (..., 4)."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def _intersection(first: Any, second: Any) -> Any:
    # A side at a time: pairs of numbers as the last axis cost several times as much.
    return _shared_side(first, second, 0) * _shared_side(first, second, 1)


def _shared_side(first: Any, second: Any, axis: int) -> Any:
    low = ops.maximum(first[..., :, None, axis], second[..., None, :, axis])
    high = ops.minimum(first[..., :, None, axis + 2], second[..., None, :, axis + 2])
    return ops.maximum(high - low, 0.0)
