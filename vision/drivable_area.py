"""From a class map to the outlines of what may be driven on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from vision.class_map import ClassMap

MIN_SHARE = 0.001
"""Areas and holes that cover less of the picture are left out."""

_TOLERANCE = 0.002
"""How far a simplified outline may lie from the true one, as a share of the picture's diagonal."""

Outline = npt.NDArray[np.int32]
"""int32, (N, 2): x and y of the corners in turn, in pixels; N is at least 3."""


@dataclass(frozen=True)
class Area:
    """A connected area of a picture.

    Attributes:
        outline: around it.
        holes: outlines of what lies within and does not belong to it.
        share: its pixels as a share of the picture's, 0..1, counted before simplifying.
    """

    outline: Outline
    holes: tuple[Outline, ...]
    share: float


def areas_of(class_map: ClassMap, class_ids: Collection[int]) -> list[Area]:
    """The connected areas of some classes taken together, the largest first.

    Pixels that touch at a corner are connected. Areas below ``MIN_SHARE`` are left out, and those
    that are no wider than a line.

    Args:
        class_map: uint8, (H, W).
        class_ids: the classes that belong to the areas.
    """
    wanted = np.zeros(256, np.uint8)
    wanted[list(class_ids)] = 255
    mask = cv2.LUT(class_map, wanted)
    _, components, statistics, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    # Two levels: outer outlines, and as their children the outlines of their holes.
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    tolerance = max(1.0, _TOLERANCE * float(np.hypot(*class_map.shape)))
    areas = []
    for index, contour in enumerate(contours):
        if hierarchy[0, index, 3] >= 0:
            continue
        x, y = contour[0, 0]
        share = statistics[components[y, x], cv2.CC_STAT_AREA] / class_map.size
        outline = _simplified(contour, tolerance)
        if share >= MIN_SHARE and outline is not None:
            holes = _holes(contours, hierarchy[0], index, class_map.size, tolerance)
            areas.append(Area(outline, tuple(holes), float(share)))
    return sorted(areas, key=lambda area: area.share, reverse=True)


def _holes(
    contours: Sequence[Any],
    hierarchy: npt.NDArray[np.int32],
    parent: int,
    pixels: int,
    tolerance: float,
) -> list[Outline]:
    holes = []
    child = hierarchy[parent, 2]
    while child >= 0:
        outline = _simplified(contours[child], tolerance)
        if outline is not None and cv2.contourArea(contours[child]) >= MIN_SHARE * pixels:
            holes.append(outline)
        child = hierarchy[child, 0]
    return holes


def _simplified(contour: Any, tolerance: float) -> Outline | None:
    """A contour, (N, 1, 2), with fewer points; None if there are no three."""
    corners = cv2.approxPolyDP(contour, tolerance, closed=True)
    return np.asarray(corners[:, 0], np.int32) if len(corners) >= 3 else None
