"""What is seen from beside the path, and how to steer back from there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from training.steering.camera import SIDE_CAMERA_M, SIMULATOR_CAMERA
from training.steering.patches import (
    INPUT_WIDTH,
    MARGIN_ROWS,
    picture_to_patch,
)

WHEELBASE_M = 2.87
FULL_LOCK_RAD = math.radians(25.0)
"""Wheel angle at steering 1."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """How one training picture is cut from a patch.

    Attributes:
        camera: 0 centre, 1 left, 2 right.
        right_m: where the view stands, metres right of that camera.
        heading_rad: how far it is turned to the right.
        shift_px: shift of the picture's content to the right and down, pixels of the input.
        mirror: whether left and right are exchanged (after all the rest).
    """

    camera: int = 0
    right_m: float = 0.0
    heading_rad: float = 0.0
    shift_px: tuple[float, float] = (0.0, 0.0)
    mirror: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the view is the patch's middle as it stands."""
        return self == View(camera=self.camera)

    def input_to_patch(self) -> Matrix:
        """float64 (3, 3): pixel of the network's input to the pixel of the patch it shows."""
        across, down = self.shift_px
        place = np.array([[1.0, 0.0, -across], [0.0, 1.0, MARGIN_ROWS - down], [0.0, 0.0, 1.0]])
        if self.mirror:
            place = place @ np.array(
                [[-1.0, 0.0, INPUT_WIDTH - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
            )
        if self.right_m or self.heading_rad:
            moved = SIMULATOR_CAMERA.moved_view(self.right_m, self.heading_rad)
            to_patch, to_picture = _patch_maps()
            place = to_patch @ moved @ to_picture @ place
        return place


@cache
def _patch_maps() -> tuple[Matrix, Matrix]:
    to_patch = picture_to_patch()
    return to_patch, np.asarray(np.linalg.inv(to_patch), np.float64)


def nearest_camera(right_m: float) -> tuple[int, float]:
    """The camera nearest to a place beside the path, and how far right of it the place is."""
    distances = [right_m - side for side in SIDE_CAMERA_M]
    camera = min(range(len(distances)), key=lambda i: abs(distances[i]))
    return camera, distances[camera]


def recovery_steering(right_m: float, heading_rad: float, recovery_m: float) -> float:
    """Steering to add so that a car beside the path comes back to it.

    Pure pursuit (R. C. Coulter, CMU-RI-TR-92-01, 1992): the arc through a point ``recovery_m``
    ahead on the path has the curvature -2 (offset + distance * heading) / distance^2 for small
    angles; a bicycle model turns curvature into wheel angle.

    Args:
        right_m: how far right of the path the car stands, metres.
        heading_rad: how far it is turned to the right of the path.
        recovery_m: distance to the point that is aimed at, metres.

    Returns:
        Normalised steering, positive right, not limited.
    """
    curvature = -2.0 * (right_m + recovery_m * heading_rad) / recovery_m**2
    return WHEELBASE_M * curvature / FULL_LOCK_RAD
