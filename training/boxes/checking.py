"""Checks boxes against their picture and the classes, whatever format they came in."""

from __future__ import annotations

import numpy as np

from training.boxes.classes import Classes
from training.boxes.dataset import IGNORED, LabelledImage
from training.boxes.raw import RawBox, RawPicture
from training.labelled.faults import Effect, Fault, FaultKind

EDGE_PIXELS = 0.5
EDGE_SHARE = 0.002
"""A box may reach over the edge by so many pixels, or by this share of the picture's side,
whichever is more: that is rounding, and clipped in silence."""

SAME_PIXELS = 0.5
"""Two boxes of a class are one when no edge of theirs differs by more."""


def check_picture(
    picture: RawPicture, classes: Classes
) -> tuple[LabelledImage | None, list[Fault]]:
    """The picture with boxes that are whole and inside, and what was wrong with them.

    A box over the edge is clipped; of two equal boxes of a class (:data:`SAME_PIXELS`) one is kept.
    A region to be ignored gets the class id :data:`training.boxes.dataset.IGNORED`, unless its own
    is not wanted. Anything else that is wrong leaves the whole picture out, because an object
    without its box would be taught as background.
    """
    faults: list[Fault] = []
    kept: list[tuple[int, tuple[float, float, float, float]]] = []
    for box in picture.boxes:
        if box.category not in classes.ids:
            expected = classes.expected(box.category)
            message = f"expected {expected}, got {box.category!r}"
            faults.append(_fault(picture, box, FaultKind.UNKNOWN_CLASS, message))
            continue
        class_id = classes.ids[box.category]
        if class_id is None:
            continue
        corners, fault = _inside(picture, box)
        if fault:
            faults.append(fault)
        if corners is None:
            continue
        if box.ignored:
            class_id = IGNORED
        if any(class_id == other and _same(corners, there) for other, there in kept):
            if box.ignored:  # it may stand there once for each class
                continue
            message = "expected each box once, got one that stands further up as well"
            faults.append(_fault(picture, box, FaultKind.DUPLICATE, message))
            continue
        kept.append((class_id, corners))
    if any(fault.effect is Effect.LEFT_OUT for fault in faults):
        return None, faults
    boxes = np.array([corners for _, corners in kept], np.float32).reshape(-1, 4)
    class_ids = np.array([class_id for class_id, _ in kept], np.int64)
    return (
        LabelledImage(picture.path, picture.width, picture.height, boxes, class_ids),
        faults,
    )


def _inside(
    picture: RawPicture, box: RawBox
) -> tuple[tuple[float, float, float, float] | None, Fault | None]:
    """The box clipped to the picture, or ``None`` if nothing is left of it."""
    x_min, y_min, x_max, y_max = box.corners
    width, height = picture.width, picture.height
    was = f"x {x_min:g} to {x_max:g}, y {y_min:g} to {y_max:g}"
    if x_max <= x_min or y_max <= y_min:
        message = f"expected a box with an area, got {was}"
        return None, _fault(picture, box, FaultKind.NO_AREA, message)
    clipped = (max(x_min, 0.0), max(y_min, 0.0), min(x_max, width), min(y_max, height))
    message = f"expected a box inside the picture of {width}x{height} pixels, got {was}"
    single = np.array(clipped, np.float32)
    if single[2] <= single[0] or single[3] <= single[1]:
        return None, _fault(picture, box, FaultKind.OUTSIDE, message)
    over_x, over_y = max(-x_min, x_max - width), max(-y_min, y_max - height)
    if over_x <= _allowed(width) and over_y <= _allowed(height):
        return clipped, None
    return clipped, _fault(picture, box, FaultKind.OVER_THE_EDGE, message)


def _allowed(side: int) -> float:
    return max(EDGE_PIXELS, EDGE_SHARE * side)


def _same(
    corners: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    return all(abs(a - b) <= SAME_PIXELS for a, b in zip(corners, other, strict=True))


def _fault(picture: RawPicture, box: RawBox, kind: FaultKind, message: str) -> Fault:
    named = f"{box.name}: {message}" if box.name else message
    return Fault(picture.label_file, kind, named, box.line)
