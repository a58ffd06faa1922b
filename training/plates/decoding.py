"""From the network's raw answers to boxes and scores.

J. Redmon, A. Farhadi, "YOLOv3: An Incremental Improvement" (2018), section 2.1, with the widened
sigmoid of YOLOv4 (``scale_x_y``)::

    x = (sigmoid(t_x) * s - (s - 1) / 2 + column) * stride     w = anchor width * exp(t_w)
    y = (sigmoid(t_y) * s - (s - 1) / 2 + row) * stride        h = anchor height * exp(t_h)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from keras import ops

from training.plates.network import SCALE_X_Y, STRIDES, Anchors

BOX_FIELDS = 5
"""Numbers an anchor has beside its classes: x, y, w, h, objectness."""

_MAX_LOG_SIZE = 8.0
"""A side may be e^8 times its anchor; more would only overflow."""


@dataclass(frozen=True)
class Grid:
    """Every anchor of both heads, in the order of the decoded answers: A of them.

    Attributes:
        cells: float32 (A, 2): column and row of the anchor's cell.
        strides: float32 (A, 1): pixels of the input a cell covers.
        sizes: float32 (A, 2): the anchor's width and height in pixels of the input.
    """

    cells: npt.NDArray[np.float32]
    strides: npt.NDArray[np.float32]
    sizes: npt.NDArray[np.float32]


def make_grid(anchors: Anchors, size: int) -> Grid:
    """The grid of a network for a ``size`` x ``size`` input."""
    cells, strides, sizes = [], [], []
    for head, stride in enumerate(STRIDES):
        side = size // stride
        own = np.array(anchors.of_head(head), np.float32)
        row, column, _ = np.indices((side, side, len(own)))
        cells.append(np.stack([column, row], axis=-1).reshape(-1, 2))
        strides.append(np.full((side * side * len(own), 1), stride))
        sizes.append(np.tile(own, (side * side, 1)))
    return Grid(
        np.concatenate(cells).astype(np.float32),
        np.concatenate(strides).astype(np.float32),
        np.concatenate(sizes).astype(np.float32),
    )


def flatten(raw_heads: Any, classes: int) -> Any:
    """The raw answers of both heads in one: float32 (N, A, 5 + classes)."""
    parts = []
    for head in raw_heads:
        count = head.shape[1] * head.shape[2] * 3
        parts.append(ops.reshape(head, (-1, count, BOX_FIELDS + classes)))
    return ops.concatenate(parts, axis=1)


def decode_boxes(raw: Any, grid: Grid) -> Any:
    """Boxes of raw answers.

    Args:
        raw: float32 (N, A, 4 or more), of :func:`flatten`.
        grid: of the same network and size.

    Returns:
        float32 (N, A, 4): x_min, y_min, x_max, y_max in pixels of the input; not clipped to it.
    """
    shift = (SCALE_X_Y - 1) / 2
    # One multiplication and one addition: everything that does not depend on the answer is put
    # together beforehand.
    scale = ops.convert_to_tensor(SCALE_X_Y * grid.strides)
    offset = ops.convert_to_tensor((grid.cells - np.float32(shift)) * grid.strides)
    centre = ops.sigmoid(raw[..., 0:2]) * scale + offset
    log_size = ops.minimum(raw[..., 2:4], _MAX_LOG_SIZE)
    half = ops.exp(log_size) * ops.convert_to_tensor(grid.sizes / 2)
    return ops.concatenate([centre - half, centre + half], axis=-1)


def decode(raw_heads: Any, anchors: Anchors, classes: int, size: int) -> tuple[Any, Any]:
    """Boxes and scores of the network's raw answers.

    Args:
        raw_heads: the answers of both heads, coarse first.
        anchors: the network's.
        classes: number of classes.
        size: width and height of the input in pixels.

    Returns:
        Boxes, float32 (N, A, 4): x_min, y_min, x_max, y_max in pixels of the input; and scores,
        float32 (N, A, classes): objectness times class probability, 0..1.
    """
    raw = flatten(raw_heads, classes)
    boxes = decode_boxes(raw, make_grid(anchors, size))
    scores = ops.sigmoid(raw[..., 4:5]) * ops.sigmoid(raw[..., BOX_FIELDS:])
    return boxes, scores
