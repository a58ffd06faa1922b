"""The simulated car beside a recorded path: a kinematic bicycle model in the path's own frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

from training.steering.views import FULL_LOCK_RAD, WHEELBASE_M

MPH = 0.44704
"""Metres a second."""
CAMERA_AHEAD_M = 1.0 + WHEELBASE_M / 2
"""From the rear axle, which the model turns about, to the cameras: they sit 1 m ahead of the car's
middle."""
_STEP_S = 0.02


@dataclass(frozen=True)
class PathPose:
    """Where the simulated car is, seen from the recorded one.

    Attributes:
        right_m: rear axle, metres right of the recorded path.
        heading_rad: turned to the right of the path's direction.
    """

    right_m: float = 0.0
    heading_rad: float = 0.0

    @property
    def camera_right_m(self) -> float:
        """How far right of the recorded camera the simulated one stands, metres."""
        return self.right_m + CAMERA_AHEAD_M * math.sin(self.heading_rad)


def curvature(steering: float) -> float:
    """1/m, positive to the right, of the arc that normalised steering drives."""
    limited = min(1.0, max(-1.0, steering))
    return math.tan(limited * FULL_LOCK_RAD) / WHEELBASE_M


def advance(
    pose: PathPose, steering: float, recorded_steering: float, speed_m_s: float, seconds: float
) -> PathPose:
    """Moves both cars on; the simulated one keeps abreast of the recorded one.

    With s along the path of curvature k, offset y and heading error p (here positive to the right,
    as is k): dy/ds = (1 - k y) tan p, dp/ds = (1 - k y) / cos p * k_car - k. (A. De Luca et al.,
    "Feedback control of a nonholonomic car-like robot", 1998, section on path coordinates.)

    Args:
        pose: where the simulated car is.
        steering: what it steers, normalised, held for the time.
        recorded_steering: what the recorded car steered.
        speed_m_s: the recorded speed.
        seconds: how long.
    """
    right, heading = pose.right_m, pose.heading_rad
    bend, path_bend = curvature(steering), curvature(recorded_steering)
    steps = max(1, math.ceil(seconds / _STEP_S))
    way = speed_m_s * seconds / steps
    for _ in range(steps):
        stretch = 1 - path_bend * right
        right, heading = (
            right + way * stretch * math.tan(heading),
            heading + way * (stretch / math.cos(heading) * bend - path_bend),
        )
        # Beyond this the frame of the path says nothing any more; the caller intervenes before.
        heading = min(1.2, max(-1.2, heading))
    return PathPose(right, heading)
