"""From a class map in a model's size to one in the picture's size."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from vision.class_map import ClassMap
from vision.segmenter_input import Region

NumberT = TypeVar("NumberT", bound=np.generic)

Confidence = npt.NDArray[np.float32]
"""float32, (H, W), 0..1: how sure a model is of the class of each pixel."""


def class_map_in_picture(
    class_map: ClassMap, confidence: Confidence, region: Region, width: int, height: int
) -> ClassMap:
    """The class map of a picture, of what a model said of its input.

    Class ids cannot be interpolated; votes can. Each pixel of the picture lies between four of the
    model's, which vote for their classes: each with its weight in bilinear interpolation times how
    sure the model is there. This is the arg-max of the bilinearly scaled scores, were all but the
    best score of each pixel 0. ``benchmarks/class_map_scaling.py`` compares it with other ways.

    Args:
        class_map: uint8, (model height, model width), class ids.
        confidence: float32, the same shape, above 0.
        region: where the picture lies in there.
        width: the picture's, in pixels.
        height: the picture's, in pixels.

    Returns:
        uint8, (height, width), C-contiguous, class ids.
    """
    ids = _cut(class_map, region)
    if (region.width, region.height) == (width, height):
        return np.ascontiguousarray(ids)
    # The last row and column once more: there is always a next one to interpolate with.
    ids = np.pad(ids, (0, 1), "edge")
    sure = np.pad(_cut(confidence, region), (0, 1), "edge")
    columns, x_weights = _positions(region.width, width)
    rows, y_weights = _positions(region.height, height)
    # Most pixels lie between four of one class; only the others need votes.
    picture: ClassMap = np.take(np.take(ids, columns, axis=1), rows, axis=0)
    mixed = np.take(np.take(_mixed(ids), columns, axis=1), rows, axis=0)
    places = np.flatnonzero(mixed)
    y, x = np.divmod(places.astype(np.int32), np.int32(width))
    first = rows[y] * np.int32(ids.shape[1]) + columns[x]
    picture.reshape(-1)[places] = _elected(ids, sure, first, x_weights[x], y_weights[y])
    return picture


def confidence_in_picture(
    confidence: Confidence, region: Region, width: int, height: int
) -> Confidence:
    """The confidence of a picture's pixels, interpolated; arguments as above.

    Returns:
        float32, (height, width), 0..1.
    """
    cut = np.ascontiguousarray(_cut(confidence, region))
    if (region.width, region.height) == (width, height):
        return cut
    scaled = cv2.resize(cut, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(scaled, np.float32)


def _cut(values: npt.NDArray[NumberT], region: Region) -> npt.NDArray[NumberT]:
    return values[region.top : region.top + region.height, region.left : region.left + region.width]


def _positions(source: int, target: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """For each pixel of a side: the one of the other's before it, and the weight of the next one.

    Centres of pixels lie on centres, as everywhere in OpenCV but in its nearest neighbour.
    """
    positions = (np.arange(target, dtype=np.float64) + 0.5) * source / target - 0.5
    positions = np.clip(positions, 0, source - 1)
    before = positions.astype(np.int32)
    return before, (positions - before).astype(np.float32)


def _mixed(ids: ClassMap) -> npt.NDArray[np.bool_]:
    """Whether a pixel and its neighbours right, below and between them differ; without the edge."""
    first = ids[:-1, :-1]
    mixed: npt.NDArray[np.bool_] = first != ids[:-1, 1:]
    mixed |= first != ids[1:, :-1]
    mixed |= first != ids[1:, 1:]
    return mixed


def _elected(
    ids: ClassMap,
    sure: Confidence,
    first: npt.NDArray[np.int32],
    x_weights: npt.NDArray[np.float32],
    y_weights: npt.NDArray[np.float32],
) -> ClassMap:
    """The class with most votes at each of N places; of equals the one further up, or left.

    Args:
        ids: uint8, (H, W).
        sure: float32, (H, W).
        first: int32, (N,), flat index of the upper left of the four pixels.
        x_weights: float32, (N,), 0..1, weight of the right ones.
        y_weights: float32, (N,), 0..1, weight of the lower ones.
    """
    step = ids.shape[1]
    shares = (
        (1 - y_weights) * (1 - x_weights),
        (1 - y_weights) * x_weights,
        y_weights * (1 - x_weights),
        y_weights * x_weights,
    )
    corners = [first, first + 1, first + step, first + step + 1]
    classes = [np.take(ids, corner) for corner in corners]
    votes = [share * np.take(sure, corner) for share, corner in zip(shares, corners, strict=True)]
    totals = [vote.copy() for vote in votes]
    for one in range(4):
        for other in range(one + 1, 4):
            same = classes[one] == classes[other]
            totals[one] += votes[other] * same
            totals[other] += votes[one] * same
    best: ClassMap = classes[0]
    most = totals[0]
    for candidate, total in zip(classes[1:], totals[1:], strict=True):
        # A class's total is the same at each of its corners, but for the order of its sum.
        better = total > most * np.float32(1 + 1e-6)
        best = np.where(better, candidate, best)
        most = np.where(better, total, most)
    return best
