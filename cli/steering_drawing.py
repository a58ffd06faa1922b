"""Draws a steering angle into a picture of the road."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from cli.errors import CommandError

_FULL_LOCK_DEGREES = 25.0
_COLOUR = (60, 220, 60)
_OUTLINE = (0, 0, 0)


def annotate(picture: bytes, steering: float) -> npt.NDArray[np.uint8]:
    """The picture with an arrow in the direction of the front wheels, and the number.

    Args:
        picture: the bytes of a JPEG or PNG file.
        steering: normalised angle, -1..1, positive to the right.
    """
    image = cv2.imdecode(np.frombuffer(picture, dtype=np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise CommandError("the picture cannot be drawn into: it is no JPEG or PNG")
    height, width = image.shape[:2]
    thickness = max(1, round(height / 80))
    # Drawn at twice the angle: 25 degrees look like little in a picture.
    angle = math.radians(2 * _FULL_LOCK_DEGREES * steering)
    start = (width // 2, height - 1 - thickness)
    end = (
        round(start[0] + 0.4 * height * math.sin(angle)),
        round(start[1] - 0.4 * height * math.cos(angle)),
    )
    scale = height / 320
    for colour, extra in ((_OUTLINE, 2 * thickness), (_COLOUR, 0)):
        cv2.arrowedLine(image, start, end, colour, thickness + extra, cv2.LINE_AA, tipLength=0.2)
        cv2.putText(
            image,
            f"{steering:+.3f}",
            (thickness * 3, round(40 * scale)),
            cv2.FONT_HERSHEY_SIMPLEX,
            scale,
            colour,
            thickness + extra,
            cv2.LINE_AA,
        )
    return np.asarray(image, dtype=np.uint8)
