"""Draws what was found into a picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vision.detections import Boxes
from vision.preprocessing import UInt8Image

Colour = tuple[int, int, int]
"""Blue, green, red, each 0..255."""

COLOURS: tuple[Colour, ...] = (
    (60, 220, 60),
    (60, 160, 255),
    (255, 160, 40),
    (220, 80, 220),
    (60, 230, 230),
    (90, 90, 255),
    (230, 230, 90),
    (200, 170, 255),
)
"""One for each class, in turn: told apart easily, and bright enough for dark letters."""

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_LETTERS: Colour = (0, 0, 0)
_HEIGHT = 22
"""Height in pixels of what the font draws at scale 1."""


def draw_boxes(
    image: UInt8Image,
    boxes: Boxes,
    captions: Sequence[str],
    colours: Sequence[Colour] | None = None,
) -> UInt8Image:
    """A copy of the picture with boxes and a caption at each.

    Lines and letters are as thick as suits the picture's size. A caption stands above its box, or
    inside where there is no room above; it lies in the picture if it is not wider than that.

    Args:
        image: uint8, (H, W, 3), BGR.
        boxes: float32 (N, 4): x_min, y_min, x_max, y_max in pixels.
        captions: N texts in ASCII; no bar is drawn for an empty one.
        colours: N colours; green for all unless given.

    Returns:
        uint8, (H, W, 3), BGR.

    Raises:
        ValueError: the counts differ.
    """
    if colours is None:
        colours = [COLOURS[0]] * len(boxes)
    if not len(boxes) == len(captions) == len(colours):
        raise ValueError(
            f"expected as many captions and colours as boxes, got {len(captions)} captions and "
            f"{len(colours)} colours for {len(boxes)} boxes"
        )
    drawn = image.copy()
    thickness = max(1, round(min(image.shape[:2]) / 300))
    # The worst first: captions of the best ones lie on top.
    for box, caption, colour in reversed(list(zip(boxes, captions, colours, strict=True))):
        first, last = _pixel(box[:2], image), _pixel(box[2:], image)
        cv2.rectangle(drawn, first, last, colour, thickness)
        if caption:
            _write(drawn, first, caption, colour, thickness)
    return drawn


def _pixel(point: Boxes, image: UInt8Image) -> tuple[int, int]:
    height, width = image.shape[:2]
    return (
        int(np.clip(np.rint(point[0]), 0, width - 1)),
        int(np.clip(np.rint(point[1]), 0, height - 1)),
    )


def _write(
    image: UInt8Image, corner: tuple[int, int], caption: str, colour: Colour, thickness: int
) -> None:
    """A bar with the caption: above the box's upper left corner, or below it for want of room."""
    height, width = image.shape[:2]
    scale = max(0.4, min(height, width) / 900)
    stroke = max(1, round(scale * 1.5))
    (text_width, _), baseline = cv2.getTextSize(caption, _FONT, scale, stroke)
    bar_height = round(_HEIGHT * scale) + baseline + 2 * thickness
    bar_width = text_width + 4 * thickness
    left = max(0, min(corner[0], width - bar_width))
    top = corner[1] - bar_height
    if top < 0:
        top = min(corner[1], max(0, height - bar_height))
    cv2.rectangle(image, (left, top), (left + bar_width - 1, top + bar_height - 1), colour, -1)
    origin = left + 2 * thickness, top + bar_height - baseline - thickness
    cv2.putText(image, caption, origin, _FONT, scale, _LETTERS, stroke, cv2.LINE_AA)
