"""What the feature maps hold inside a box, as a small grid of fixed size.

K. He et al., "Mask R-CNN" (2017), section 3, for the alignment: a box is divided into bins, some
points of each bin are read between the cells (bilinear), and a bin is their mean. With a pyramid a
box is read from the level that suits its size (T.-Y. Lin et al., 2017, equation 1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from keras import ops

CANONICAL_SIZE = 224
"""A box of this size (its area's square root, in pixels) ..."""
CANONICAL_STRIDE = 16
"""... is read from the level of this stride; one half as large from the next finer one."""


def level_of(boxes: Any, strides: Sequence[int]) -> Any:
    """The level of each box.

    Args:
        boxes: float32 (..., 4): x_min, y_min, x_max, y_max in pixels of the input.
        strides: of the levels, finest first, each twice the one before.

    Returns:
        int32 (...): index of the level.
    """
    sides = ops.sqrt(
        ops.maximum((boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1]), 1e-6)
    )
    octave = ops.floor(ops.log(sides / CANONICAL_SIZE) / math.log(2) + 1e-6)
    finest = math.log2(strides[0] / CANONICAL_STRIDE)
    return ops.cast(ops.clip(octave - finest, 0, len(strides) - 1), "int32")


def roi_align(
    maps: Sequence[Any], strides: Sequence[int], boxes: Any, bins: int, samples: int
) -> Any:
    """Reads boxes out of the levels of a pyramid.

    Args:
        maps: float32 (N, H, W, C), one a level, finest first.
        strides: pixels of the input that a cell of each covers.
        boxes: float32 (N, R, 4): x_min, y_min, x_max, y_max in pixels of the input.
        bins: rows and columns of the answer.
        samples: points that are read in each direction of a bin.

    Returns:
        float32 (N, R, bins, bins, C).
    """
    channels = maps[0].shape[-1]
    areas = [level.shape[1] * level.shape[2] for level in maps]
    starts = [sum(areas[:number]) for number in range(len(areas))]
    # All levels of all pictures in one row of cells: one reading serves the boxes of all of them.
    rows = [
        ops.reshape(level, (-1, area, channels)) for level, area in zip(maps, areas, strict=True)
    ]
    cells = ops.reshape(ops.concatenate(rows, axis=1), (-1, channels))
    picture = ops.arange(ops.shape(boxes)[0], dtype="int32")[:, None] * sum(areas)
    level = level_of(boxes, strides)

    def of_level(values: Sequence[int], dtype: str) -> Any:
        return ops.take(ops.convert_to_tensor(values, dtype=dtype), level, axis=0)

    stride = of_level(strides, "float32")[..., None]
    width = of_level([level.shape[2] for level in maps], "int32")
    height = of_level([level.shape[1] for level in maps], "int32")
    start = of_level(starts, "int32") + picture
    x = _points(boxes[..., 0:1] / stride, boxes[..., 2:3] / stride, bins, samples)
    y = _points(boxes[..., 1:2] / stride, boxes[..., 3:4] / stride, bins, samples)
    left, right, from_right = _between(x, width)
    above, below, from_below = _between(y, height)

    def read(row: Any, column: Any) -> Any:
        """The cells where rows (N, R, P) and columns (N, R, P) cross: (N, R, P, P, C)."""
        index = (
            start[..., None, None]
            + row[..., :, None] * width[..., None, None]
            + column[..., None, :]
        )
        return ops.take(cells, index, axis=0)

    from_right, from_below = from_right[..., None, :, None], from_below[..., :, None, None]
    upper = read(above, left) * (1 - from_right) + read(above, right) * from_right
    lower = read(below, left) * (1 - from_right) + read(below, right) * from_right
    points = upper * (1 - from_below) + lower * from_below
    count = boxes.shape[1]
    points = ops.reshape(points, (-1, count, bins, samples, bins, samples, channels))
    return ops.mean(points, axis=(3, 5))


def _points(low: Any, high: Any, bins: int, samples: int) -> Any:
    """Where a side is read, in cells, the middle of a cell being a whole number: (N, R, P)."""
    steps = (ops.arange(bins * samples, dtype="float32") + 0.5) / (bins * samples)
    return low + (high - low) * steps - 0.5


def _between(points: Any, size: Any) -> tuple[Any, Any, Any]:
    """The cells before and after each point, and how far it is from the first, 0..1."""
    last = ops.cast(size - 1, "float32")[..., None]
    points = ops.clip(points, 0.0, last)
    before = ops.floor(points)
    after = ops.minimum(before + 1, last)
    return ops.cast(before, "int32"), ops.cast(after, "int32"), points - before
