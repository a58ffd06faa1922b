"""Draws what was found into a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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

    Lines and letters are as thick as suits the picture's size. A caption stands above its box,
    inside where there is no room above, or below; it lies in the picture if it is not wider than
    that. Where all these places are taken by captions of earlier boxes it is left out: in a crowd
    some can be read, and of the others the colour tells the class.

    Args:
        image: uint8, (H, W, 3), BGR.
        boxes: float32 (N, 4): x_min, y_min, x_max, y_max in pixels, the most important first.
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
    # The first one last: its lines lie on top.
    for box, colour in reversed(list(zip(boxes, colours, strict=True))):
        cv2.rectangle(drawn, _pixel(box[:2], image), _pixel(box[2:], image), colour, thickness)
    taken: list[_Bar] = []
    for box, caption, colour in zip(boxes, captions, colours, strict=True):
        if not caption:
            continue
        for bar in _places(image, box, caption, thickness):
            if not any(bar.overlaps(other) for other in taken):
                taken.append(bar)
                _write(drawn, bar, caption, colour)
                break
    return drawn


@dataclass(frozen=True)
class _Bar:
    """The ground of a caption, in pixels, and how its letters are written."""

    left: int
    top: int
    width: int
    height: int
    origin: tuple[int, int]
    scale: float
    stroke: int

    def overlaps(self, other: _Bar) -> bool:
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and self.top < other.top + other.height
            and other.top < self.top + self.height
        )


def _pixel(point: Boxes, image: UInt8Image) -> tuple[int, int]:
    height, width = image.shape[:2]
    return (
        int(np.clip(np.rint(point[0]), 0, width - 1)),
        int(np.clip(np.rint(point[1]), 0, height - 1)),
    )


def _places(image: UInt8Image, box: Boxes, caption: str, thickness: int) -> Iterator[_Bar]:
    """Where a caption may stand, the best place first."""
    height, width = image.shape[:2]
    scale = max(0.4, min(height, width) / 900)
    stroke = max(1, round(scale * 1.5))
    (text_width, _), baseline = cv2.getTextSize(caption, _FONT, scale, stroke)
    bar_height = round(_HEIGHT * scale) + baseline + 2 * thickness
    bar_width = text_width + 4 * thickness
    (x_min, y_min), (_, y_max) = _pixel(box[:2], image), _pixel(box[2:], image)
    left = max(0, min(x_min, width - bar_width))
    above, inside, below = y_min - bar_height, min(y_min, max(0, height - bar_height)), y_max + 1
    for top in (above, inside, below):
        if top == inside or 0 <= top <= height - bar_height:
            origin = left + 2 * thickness, top + bar_height - baseline - thickness
            yield _Bar(left, top, bar_width, bar_height, origin, scale, stroke)


def _write(image: UInt8Image, bar: _Bar, caption: str, colour: Colour) -> None:
    last = bar.left + bar.width - 1, bar.top + bar.height - 1
    cv2.rectangle(image, (bar.left, bar.top), last, colour, -1)
    cv2.putText(image, caption, bar.origin, _FONT, bar.scale, _LETTERS, bar.stroke, cv2.LINE_AA)
