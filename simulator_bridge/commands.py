"""Control commands, and how they are written for the simulator."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """What the car is told.

    Attributes:
        steering: normalised angle of the front wheels, -1..1, positive to the right.
        throttle: -1..1; negative brakes above 5 mph and reverses below.
    """

    steering: float
    throttle: float


STOP = Command(steering=0.0, throttle=0.0)
"""Straight on and no throttle: right for a car of which nothing is known."""


def format_number(value: float, decimal_comma: bool) -> str:
    """A number as the simulator reads it: plain, four decimals, the separator that it uses itself.

    The simulator parses with its own system's separator: with a comma-decimal language "0.1" would
    be read as 1, which is full lock. A value that is not finite is written as zero.
    """
    # + 0.0 turns a negative zero into a plain one.
    rounded = round(value, 4) + 0.0 if math.isfinite(value) else 0.0
    text = f"{rounded:.4f}"
    return text.replace(".", ",") if decimal_comma else text


def to_payload(command: Command, decimal_comma: bool) -> dict[str, str]:
    """The ``steer`` event's object. JSON strings: numbers would raise inside the simulator."""
    return {
        "steering_angle": format_number(min(max(command.steering, -1.0), 1.0), decimal_comma),
        "throttle": format_number(min(max(command.throttle, -1.0), 1.0), decimal_comma),
    }
