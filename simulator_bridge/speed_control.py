"""How much throttle: two speed controllers as pure functions, and the limits of the car.

A controller carries one number from telemetry to telemetry, its memory: the PI controller's sum
of errors, the book's current limit. It is handed in and comes back; nothing is kept here. The sum
goes by telemetries, not by seconds: the simulator's clock need not be the wall clock, and the same
drive gives the same throttle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulator_bridge.settings import BridgeSettings, Controller

PROPORTIONAL_GAIN = 0.1
"""Throttle per mph that the car is too slow."""

INTEGRAL_GAIN = 0.002
"""Throttle per mph that the car is too slow, for each telemetry that it has been so."""

SUMMED_ERROR_MPH = 1.0
"""No more than this is summed for one telemetry, in mph: a car that gathers speed is far from the
set speed for long, which is nothing that the integral part has to make up for."""

REVERSE_BELOW_MPH = 5.0
"""Below this speed the simulated car takes a negative throttle for reverse gear, in mph."""

Step = Callable[[float, float, float], tuple[float, float]]
"""(memory, steering -1..1, speed in mph) -> (throttle, new memory)."""


@dataclass(frozen=True)
class SpeedControl:
    """A speed controller.

    Attributes:
        memory: what it starts with.
        step: from the memory, the steering -1..1 and the speed in mph to the throttle and the new
            memory.
    """

    memory: float
    step: Step


def pi_throttle(memory: float, speed_mph: float, set_speed_mph: float) -> tuple[float, float]:
    """A proportional-integral controller that holds a speed.

    Args:
        memory: the integral part so far, as throttle; 0 to begin with.
        speed_mph: the car's speed in mph.
        set_speed_mph: the speed to hold in mph.

    Returns:
        The throttle, -1..1, and the new memory, 0..1.
    """
    error = set_speed_mph - speed_mph
    summed = min(max(error, -SUMMED_ERROR_MPH), SUMMED_ERROR_MPH)
    integral = min(max(memory + INTEGRAL_GAIN * summed, 0.0), 1.0)
    wanted = PROPORTIONAL_GAIN * error + integral
    throttle = min(max(wanted, -1.0), 1.0)
    if throttle != wanted:
        # The pedal is at its stop already: summing on would only overshoot later (windup).
        integral = memory
    return throttle, integral


def book_throttle(
    limit_mph: float, steering: float, speed_mph: float, min_limit_mph: float, max_limit_mph: float
) -> tuple[float, float]:
    """The book's rule: less throttle in curves and near the limit; brake when above it.

    Args:
        limit_mph: the limit so far, in mph; ``max_limit_mph`` to begin with.
        steering: normalised steering angle, -1..1.
        speed_mph: the car's speed in mph.
        min_limit_mph: the limit while the car is too fast, in mph.
        max_limit_mph: the limit otherwise, in mph.

    Returns:
        The throttle, -1..1, and the new limit in mph.
    """
    limit = min_limit_mph if speed_mph > limit_mph else max_limit_mph
    throttle = 1.0 - steering**2 - (speed_mph / limit) ** 2
    return min(max(throttle, -1.0), 1.0), limit


def never_reverse(throttle: float, speed_mph: float) -> float:
    """The throttle, but no braking where the car would take it for reverse gear."""
    return max(throttle, 0.0) if speed_mph <= REVERSE_BELOW_MPH else throttle


def speed_control(settings: BridgeSettings) -> SpeedControl:
    """The controller that the settings choose."""

    def pi(memory: float, _steering: float, speed_mph: float) -> tuple[float, float]:
        return pi_throttle(memory, speed_mph, settings.set_speed_mph)

    def book(memory: float, steering: float, speed_mph: float) -> tuple[float, float]:
        return book_throttle(
            memory, steering, speed_mph, settings.min_limit_mph, settings.max_limit_mph
        )

    if settings.controller is Controller.PI:
        return SpeedControl(0.0, pi)
    return SpeedControl(settings.max_limit_mph, book)
