"""Class maps for people: colours over the picture, and a legend of them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from vision.class_map import IGNORED, RGB, ClassMap
from vision.preprocessing import UInt8Image

OPACITY = 0.5
"""How much the colours hide of the picture unless told, 0..1."""

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_ROW = 28
"""Height in pixels of a legend's row."""


def colour_map(class_map: ClassMap, palette: Sequence[RGB]) -> UInt8Image:
    """A class map in its colours.

    Args:
        class_map: uint8, (H, W), class ids or ``IGNORED``.
        palette: a colour for each class.

    Returns:
        uint8, (H, W, 3), BGR; black where a pixel has no class.
    """
    return np.asarray(cv2.applyColorMap(class_map, _table(palette)), np.uint8)


def overlay(
    image: UInt8Image, class_map: ClassMap, palette: Sequence[RGB], opacity: float = OPACITY
) -> UInt8Image:
    """A picture with the classes' colours laid over it; as it was where a pixel has no class.

    Args:
        image: uint8, (H, W, 3), BGR.
        class_map: uint8, (H, W), class ids or ``IGNORED``.
        palette: a colour for each class.
        opacity: how much the colours hide of the picture, 0..1.

    Returns:
        uint8, (H, W, 3), BGR.

    Raises:
        ValueError: picture and class map differ in size.
    """
    if image.shape[:2] != class_map.shape:
        raise ValueError(
            f"expected a class map of the picture's size {image.shape[:2]}, got {class_map.shape}"
        )
    colours = colour_map(class_map, palette)
    drawn = cv2.addWeighted(image, 1 - opacity, colours, opacity, 0)
    without = cv2.compare(class_map, np.full((1, 1), IGNORED, np.uint8), cv2.CMP_EQ)
    return np.asarray(cv2.copyTo(image, without, drawn), np.uint8)


def draw_outlines(image: UInt8Image, outlines: Sequence[npt.NDArray[np.int32]]) -> UInt8Image:
    """A copy of a picture with closed lines in white; black beside them, so that snow shows them.

    Args:
        image: uint8, (H, W, 3), BGR.
        outlines: int32, (N, 2) each: x and y of the corners in pixels.

    Returns:
        uint8, (H, W, 3), BGR.
    """
    drawn = image.copy()
    thickness = max(1, round(min(image.shape[:2]) / 300))
    cv2.polylines(drawn, outlines, True, (0, 0, 0), thickness + 2, cv2.LINE_AA)
    cv2.polylines(drawn, outlines, True, (255, 255, 255), thickness, cv2.LINE_AA)
    return drawn


def legend(labels: Sequence[str], palette: Sequence[RGB]) -> UInt8Image:
    """A picture that tells which colour is which class, a row for each.

    Args:
        labels: names of the classes, in ASCII.
        palette: a colour for each.

    Returns:
        uint8, (H, W, 3), BGR.

    Raises:
        ValueError: the counts differ.
    """
    widths = [cv2.getTextSize(label, _FONT, 0.5, 1)[0][0] for label in labels]
    drawn = np.full((_ROW * len(labels), 3 * _ROW + max(widths, default=0), 3), 255, np.uint8)
    for row, (label, (red, green, blue)) in enumerate(zip(labels, palette, strict=True)):
        top = row * _ROW
        cv2.rectangle(drawn, (6, top + 5), (2 * _ROW, top + _ROW - 6), (blue, green, red), -1)
        # A line around it: white and very light colours are seen too.
        cv2.rectangle(drawn, (6, top + 5), (2 * _ROW, top + _ROW - 6), (90, 90, 90), 1)
        origin = (2 * _ROW + 10, top + _ROW - 10)
        cv2.putText(drawn, label, origin, _FONT, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return drawn


def _table(palette: Sequence[RGB]) -> npt.NDArray[np.uint8]:
    """BGR by value of a class map's pixel, (256, 1, 3)."""
    table = np.zeros((256, 1, 3), np.uint8)
    table[: len(palette), 0] = np.array(palette, np.uint8).reshape(-1, 3)[:, ::-1]
    return table
