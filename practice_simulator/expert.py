"""A driver who knows the track, and steers by no more than what a camera would show of it."""

from __future__ import annotations

import math

import numpy as np

from practice_simulator.car import (
    MAX_STEERING_DEGREES,
    METRES_PER_SECOND_PER_MPH,
    PHYSICS_STEP_S,
    TOP_SPEED_M_S,
    WHEELBASE_M,
    Car,
)
from practice_simulator.track import Course

SIDEWAYS_COMFORT = 4.0
"""Sideways acceleration in bends that the expert allows himself, m/s2."""
BRAKING_COMFORT = 2.0
"""Deceleration he plans with before bends, m/s2."""
LOOK_AHEAD_M = 10.0
"""Where on the line he aims."""
WHEEL_LAG_S = 0.08
"""Time constant of his hands: the steering he wants is reached over about this time."""


class Expert:
    """Pure pursuit of the ideal line, with a speed that suits the bends ahead.

    The steering is a function of the pose on the road and of the road up to the look-ahead point,
    which is as far at any speed, smoothed over `WHEEL_LAG_S`; so a network can learn it from single
    frames.
    """

    def __init__(self, course: Course, speed_mph: float) -> None:
        self.course = course
        self.cruise = min(TOP_SPEED_M_S, speed_mph * METRES_PER_SECOND_PER_MPH)
        self.steering = 0.0
        # Inside of a bend the lane is tighter than the axis by the lane's offset.
        curvature = course.axis.curvature
        tightened = np.abs(curvature) / np.maximum(
            0.3, 1.0 + curvature * course.track.lane_offset_m
        )
        self._bend_speed = np.sqrt(SIDEWAYS_COMFORT / np.maximum(tightened, 1e-4))

    def drive(self, car: Car, along_m: float, target_offset_m: float = 0.0) -> tuple[float, float]:
        """The steering and throttle, each -1..1, for this physics step.

        Args:
            car: pose and speed.
            along_m: where it is along the course.
            target_offset_m: aim this far to the right of the ideal line.
        """
        wanted = self.wanted_steering(car, along_m, target_offset_m)
        self.steering += (wanted - self.steering) * PHYSICS_STEP_S / (WHEEL_LAG_S + PHYSICS_STEP_S)
        return self.steering, self._throttle(car, along_m)

    def wanted_steering(self, car: Car, along_m: float, target_offset_m: float = 0.0) -> float:
        """The pure pursuit steering, -1..1, before the hands' lag."""
        x, z, _ = self.course.point(along_m + LOOK_AHEAD_M, target_offset_m)
        # Pure pursuit is told about the rear axle, half a wheelbase behind the car's origin.
        rear_x = car.x - 0.5 * WHEELBASE_M * math.cos(car.heading)
        rear_z = car.z - 0.5 * WHEELBASE_M * math.sin(car.heading)
        dx, dz = x - rear_x, z - rear_z
        right = dx * math.sin(car.heading) - dz * math.cos(car.heading)
        wheel = math.atan(2.0 * WHEELBASE_M * right / (dx * dx + dz * dz))
        return min(1.0, max(-1.0, math.degrees(wheel) / MAX_STEERING_DEGREES))

    def _throttle(self, car: Car, along_m: float) -> float:
        axis = self.course.axis
        reach = int(car.speed**2 / (2 * BRAKING_COMFORT)) + 8
        ahead = (axis.index(along_m) + np.arange(reach)) % axis.count
        braked = np.sqrt(
            self._bend_speed[ahead] ** 2
            + 2 * BRAKING_COMFORT * axis.spacing_m * np.maximum(0, np.arange(reach) - 4)
        )
        target = min(self.cruise, float(braked.min()))
        # Drag and the hill are met in advance, the rest by the error.
        hold = (0.11 * target + 9.81 * float(axis.grade[ahead[0]])) / 5.3
        return min(1.0, max(-1.0, hold + 0.5 * (target - car.speed)))
