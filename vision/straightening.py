"""Licence plates straightened: cut out of a picture, upright and without perspective."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.plate_corners import Corners, find_corners
from vision.preprocessing import UInt8Image

MAX_SIDE = 512
"""The longest side of a straightened plate in pixels; larger ones are scaled down."""


@dataclass(frozen=True)
class StraightPlate:
    """A plate cut out of a picture.

    Attributes:
        pixels: uint8, (h, w, 3), colours as in the picture.
        corners: the plate's corners in the picture; the box's if no plate was found in it.
        straightened: whether a plate's edges were found; if not, ``pixels`` is what is in the box.
    """

    pixels: UInt8Image
    corners: Corners
    straightened: bool


def straighten(image: UInt8Image, box: npt.NDArray[np.float32]) -> StraightPlate:
    """The plate in a box, straightened; what is in the box if no plate's edges are seen in it.

    Args:
        image: uint8, (H, W, 3), BGR.
        box: float32 (4,): x_min, y_min, x_max, y_max in pixels, inside the picture, not empty.

    Returns:
        The plate, about as large as in the picture, at most ``MAX_SIDE`` pixels long.
    """
    corners = find_corners(image, box)
    straightened = corners is not None
    if corners is None:
        x_min, y_min, x_max, y_max = box.tolist()
        corners = np.array(
            [[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]], np.float32
        )
    return StraightPlate(_warp(image, corners), corners, straightened)


def _warp(image: UInt8Image, corners: Corners) -> UInt8Image:
    # Of two opposite sides the longer one is nearer to the camera, and shows more.
    top, right, bottom, left = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = max(float(top), float(bottom)), max(float(left), float(right))
    scale = min(1.0, MAX_SIDE / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Corners lie between pixels: (0, 0) is the outer corner of the first one, warpPerspective
    # means its middle.
    target = np.array([[0, 0], [size[0], 0], list(size), [0, size[1]]], np.float32)
    transform = cv2.getPerspectiveTransform(corners - np.float32(0.5), target - np.float32(0.5))
    return np.asarray(
        cv2.warpPerspective(
            image, transform, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )
