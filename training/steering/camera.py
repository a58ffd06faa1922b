"""The simulator's camera over a flat road: what a car beside the recorded path would see.

x is metres to the right of the camera's foot point on the road, z metres ahead of it; heading is in
radians, positive to the right. After M. Bojarski et al., "End to End Learning for Self-Driving
Cars" (2016), section 5.2: points on the road are taken to lie in a plane.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

SIDE_CAMERA_M = (0.0, -0.806, 0.825)
"""Where the centre, left and right camera sit, metres to the right of the car's middle."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks ahead and somewhat down.

    Attributes:
        width: pixels.
        height: pixels.
        vertical_view_deg: vertical field of view in degrees.
        pitch_deg: how far it looks down, degrees. It is mounted at 9.5, but the body sits nose up
            on its springs: at 7.6 the horizon lies in row 61, as recordings show it, and the centre
            picture, moved to the left camera, fits that camera's picture best.
        above_road_m: metres above the road.
    """

    width: int = 320
    height: int = 160
    vertical_view_deg: float = 60.0
    pitch_deg: float = 7.6
    above_road_m: float = 1.2

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.height / 2 / math.tan(math.radians(self.vertical_view_deg) / 2)

    def road_to_picture(self) -> Matrix:
        """float64 (3, 3): (x, z, 1) on the road in metres to homogeneous (column, row) pixels.

        Pixel (0, 0) is the middle of the upper left pixel.
        """
        focal, height = self.focal_px, self.above_road_m
        down, ahead = math.sin(math.radians(self.pitch_deg)), math.cos(math.radians(self.pitch_deg))
        middle_x, middle_y = (self.width - 1) / 2, (self.height - 1) / 2
        # A point of the road has the depth z*ahead + height*down along the camera's axis and lies
        # height*ahead - z*down below it.
        return np.array(
            [
                [focal, middle_x * ahead, middle_x * height * down],
                [
                    0.0,
                    middle_y * ahead - focal * down,
                    height * (focal * ahead + middle_y * down),
                ],
                [0.0, ahead, height * down],
            ]
        )

    def moved_view(self, right_m: float, heading_rad: float) -> Matrix:
        """Where a pixel of a moved camera's picture is found in the recorded picture.

        Args:
            right_m: how far right of the recording camera the moved one stands, metres.
            heading_rad: how far it is turned to the right.

        Returns:
            float64 (3, 3), a homography from the moved to the recorded picture; right for the road,
            below the horizon.
        """
        sine, cosine = math.sin(heading_rad), math.cos(heading_rad)
        move = np.array([[cosine, sine, right_m], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
        to_picture = self.road_to_picture()
        return np.asarray(to_picture @ move @ np.linalg.inv(to_picture), np.float64)


SIMULATOR_CAMERA = Camera()
