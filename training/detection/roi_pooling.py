"""ROI pooling as Fast R-CNN and the book's chapter have it: the largest value of each bin.

R. Girshick, "Fast R-CNN" (2015), section 2.1: a box is rounded to whole cells and divided into bins
of about equal size; where it does not divide evenly, neighbouring bins share a row or a column.
"""

from __future__ import annotations

from typing import Any

from keras import ops


def roi_pool(cells: Any, stride: int, boxes: Any, bins: int) -> Any:
    """The largest value of each bin of each box.

    Args:
        cells: float32 (N, H, W, C), one feature map.
        stride: pixels of the input that a cell covers.
        boxes: float32 (N, R, 4): x_min, y_min, x_max, y_max in pixels of the input.
        bins: rows and columns of the answer.

    Returns:
        float32 (N, R, bins, bins, C); 0 where a bin lies beyond the map.
    """
    _, height, width, channels = cells.shape
    count = boxes.shape[1]
    corners = ops.floor(boxes / stride + 0.5)
    columns, column_count, no_column = _cells_of_bins(corners[..., 0], corners[..., 2], width, bins)
    rows, row_count, no_row = _cells_of_bins(corners[..., 1], corners[..., 3], height, bins)
    picture = ops.arange(ops.shape(boxes)[0], dtype="int32")[:, None, None, None] * height * width
    index = picture + rows[..., :, None] * width + columns[..., None, :]
    read = ops.take(ops.reshape(cells, (-1, channels)), index, axis=0)
    read = ops.reshape(read, (-1, count, bins, row_count, bins, column_count, channels))
    empty = ops.logical_or(no_row[..., :, None], no_column[..., None, :])[..., None]
    return ops.where(empty, 0.0, ops.max(read, axis=(3, 5)))


def _cells_of_bins(low: Any, high: Any, limit: int, bins: int) -> tuple[Any, int, Any]:
    """The cells of each bin along one side; bins with fewer than the most repeat their last one.

    Args:
        low: first cell of the box, float32 (N, R), whole.
        high: last cell of the box, float32 (N, R), whole; it belongs to the box.
        limit: cells of the map.
        bins: how many bins.

    Returns:
        int32 (N, R, bins * most); most; and which bins have no cell, bool (N, R, bins).
    """
    most = -(-limit // bins) + 1
    length = ops.maximum(high - low + 1, 1.0)[..., None] / bins
    number = ops.arange(bins, dtype="float32")
    first = ops.floor(number * length) + low[..., None]
    last = ops.ceil((number + 1) * length) + low[..., None] - 1
    step = ops.arange(most, dtype="float32")
    cells = ops.minimum(first[..., None] + step, ops.maximum(last, first)[..., None])
    cells = ops.clip(cells, 0.0, limit - 1.0)
    shape = cells.shape
    flat = ops.reshape(ops.cast(cells, "int32"), (-1, shape[1], bins * most))
    return flat, most, first >= limit
