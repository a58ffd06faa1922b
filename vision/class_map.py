"""Class maps: which class each pixel of a picture belongs to."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

ClassMap = npt.NDArray[np.uint8]
"""uint8, (H, W): class ids, the index of the class among the labels; or ``IGNORED``."""

IGNORED = 255
"""Stands in a class map where a pixel has no class, or one that does not count."""

MAX_CLASSES = IGNORED
"""So many classes have ids of their own below ``IGNORED``."""

CLASS_MAP, CONFIDENCE = "class_map", "confidence"
"""Outputs of a segmentation model's graph: class ids, uint8 (N, H, W), and how sure the model is of
each, float32 (N, H, W), 0..1."""

RGB = tuple[int, int, int]
"""A colour: red, green, blue, each 0..255."""

_PNG = (
    # Runs of one value in rows that are much like the row above: half the bytes of OpenCV's own
    # choice at street scenes, and no slower.
    (cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
    (cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP),
    (cv2.IMWRITE_PNG_COMPRESSION, 1),
)


def to_png(class_map: ClassMap) -> bytes:
    """A class map as a grey 8-bit PNG file whose values are the ids."""
    parameters = [number for pair in _PNG for number in pair]
    return cv2.imencode(".png", class_map, parameters)[1].tobytes()


def pixel_counts(class_map: ClassMap) -> npt.NDArray[np.int64]:
    """How many pixels have each of the 256 values, (256,)."""
    # Less than half the time of `np.bincount`; exact up to 2^24 pixels of one value.
    counts = cv2.calcHist([class_map], [0], None, [256], [0, 256])
    return np.asarray(np.rint(counts.reshape(-1)), np.int64)
