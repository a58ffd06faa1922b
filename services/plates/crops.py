"""A straightened picture of each plate, as the contract says it."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from protos.plates.v1 import plates_pb2
from vision.detections import Boxes
from vision.straightening import straighten

MAX_CROPS = 100
"""More would not fit into one reply."""

_JPEG_QUALITY = 95
"""Crops are small, and read by machines: letters must stay sharp."""


def plate_crops(image: npt.NDArray[np.uint8], boxes: Boxes) -> Iterator[plates_pb2.PlateCrop]:
    """The crops of the first ``MAX_CROPS`` boxes, in their order.

    Args:
        image: uint8, (H, W, 3), BGR.
        boxes: float32 (N, 4), x_min, y_min, x_max, y_max, pixels of the image.
    """
    for box in boxes[:MAX_CROPS]:
        plate = straighten(image, box)
        jpeg = cv2.imencode(".jpg", plate.pixels, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1]
        yield plates_pb2.PlateCrop(
            jpeg=jpeg.tobytes(),
            corners=[plates_pb2.Point(x=x, y=y) for x, y in plate.corners.tolist()],
            straightened=plate.straightened,
        )
