"""The car: how it answers to steering and throttle. Fitted to recordings of the real simulator."""

from __future__ import annotations

import math
from dataclasses import dataclass

PHYSICS_STEP_S = 0.02
MAX_STEERING_DEGREES = 25.0
WHEELBASE_M = 2.87
METRES_PER_SECOND_PER_MPH = 0.44704
TOP_SPEED_M_S = 30.19 * METRES_PER_SECOND_PER_MPH
"""Recordings at full throttle settle at 30.19 mph."""

DRIVE_ACCELERATION = 5.3
"""m/s2 at full throttle from standstill (fit: 4.8 at 3 m/s, 4.3 at 9 m/s, drag included)."""
ROLLING_DRAG = 0.11
"""Deceleration per speed, 1/s (coasting loses 0.5 m/s2 at 5 m/s and 1.2 at 11)."""
CORNERING_DRAG = 0.09
"""Further deceleration per speed and per full steering, 1/s."""
BRAKE_DECELERATION = 7.5
"""m/s2 at full brake."""
REVERSE_ACCELERATION = 2.0
BRAKE_ABOVE_M_S = 5.0 * METRES_PER_SECOND_PER_MPH
"""Negative throttle brakes above this speed and drives backwards below it."""
GRIP = 9.5
"""Largest sideways acceleration, m/s2; beyond it the car runs wide."""
GRAVITY = 9.81


@dataclass(slots=True)
class Car:
    """State of the car in Unity's ground axes.

    `heading` is in radians, counter-clockwise from +x (Unity's yaw runs clockwise from +z).
    `speed` is in m/s along the heading, negative when reversing. `steering` and `throttle` are the
    commands in force, each -1..1, steering positive to the right, and act at once, as they do in
    the real simulator.
    """

    x: float
    z: float
    heading: float
    speed: float = 0.0
    steering: float = 0.0
    throttle: float = 0.0

    @property
    def speed_mph(self) -> float:
        """Signed speed in miles per hour."""
        return self.speed / METRES_PER_SECOND_PER_MPH

    @property
    def brake(self) -> float:
        """How hard the foot brake is pressed, 0..1: what a recording's brake column holds."""
        return -self.throttle if self.throttle < 0 and self.speed > BRAKE_ABOVE_M_S else 0.0

    def command(self, steering: float, throttle: float) -> None:
        """Set both commands; out-of-range values are clamped to -1..1, as Unity does."""
        self.steering = min(1.0, max(-1.0, steering))
        self.throttle = min(1.0, max(-1.0, throttle))

    def step(self, grade: float = 0.0) -> None:
        """Advance by one physics step.

        Args:
            grade: rise per metre of the ground along the heading.
        """
        self.speed = self._next_speed(grade)
        wheel = math.radians(self.steering * MAX_STEERING_DEGREES)
        # Bicycle model about the middle of the wheelbase, where the car's origin is.
        slip = math.atan(0.5 * math.tan(wheel))
        turn = self.speed * math.cos(slip) * math.tan(wheel) / WHEELBASE_M
        if abs(self.speed) > 1.0:
            limit = GRIP / abs(self.speed)
            if abs(turn) > limit:
                slip *= limit / abs(turn)
                turn = math.copysign(limit, turn)
        direction = self.heading - slip - 0.5 * turn * PHYSICS_STEP_S
        self.x += self.speed * math.cos(direction) * PHYSICS_STEP_S
        self.z += self.speed * math.sin(direction) * PHYSICS_STEP_S
        self.heading -= turn * PHYSICS_STEP_S

    def _next_speed(self, grade: float) -> float:
        speed, throttle = self.speed, self.throttle
        push = 0.0
        hold = (ROLLING_DRAG + CORNERING_DRAG * abs(self.steering)) * abs(speed)
        if throttle >= 0:
            push = DRIVE_ACCELERATION * throttle
        elif speed > BRAKE_ABOVE_M_S:
            hold += BRAKE_DECELERATION * -throttle
        else:
            push = REVERSE_ACCELERATION * throttle
        # Resting tyres carry the car on a hill until it is pushed.
        slope = GRAVITY * grade / math.hypot(1.0, grade)
        if speed == 0.0 and push == 0.0:
            return 0.0
        held = max(0.0, abs(speed) - hold * PHYSICS_STEP_S)
        moved = math.copysign(held, speed) + (push - slope) * PHYSICS_STEP_S
        return min(TOP_SPEED_M_S, max(-TOP_SPEED_M_S, moved))
