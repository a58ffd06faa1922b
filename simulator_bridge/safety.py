"""What to do with a prediction, above all when there is none: a pure state machine.

A late, failed or non-finite prediction holds the last steering angle for a short time: most
failures last for one frame, and straightening in a curve leaves the road. When predictions stay
away, the car straightens and brakes. One good prediction, and it drives again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What a car is doing."""

    DRIVING = "driving"
    HOLDING = "holding"
    STOPPING = "stopping"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class SafetyState:
    """What the state machine knows.

    Attributes:
        steering: the last good angle, -1..1.
        good_at_s: when it was good, in seconds of a monotonic clock; before the first good one
            so long ago that nothing is held.
    """

    steering: float = 0.0
    good_at_s: float = -math.inf


@dataclass(frozen=True, slots=True)
class Decision:
    """How to steer, and in which mode the car is; only in ``DRIVING`` and ``HOLDING`` may the
    speed controller give throttle."""

    mode: Mode
    steering: float


def decide(
    state: SafetyState, prediction: float | None, now_s: float, hold_s: float
) -> tuple[Decision, SafetyState]:
    """The steering angle to send for one telemetry.

    Args:
        state: what ``decide`` returned for the last telemetry.
        prediction: the predicted angle; ``None`` if there was none in time. Beyond -1..1 it is cut.
        now_s: seconds of a monotonic clock.
        hold_s: how long the last good angle is held, in seconds.
    """
    if prediction is not None and math.isfinite(prediction):
        steering = min(max(prediction, -1.0), 1.0)
        return Decision(Mode.DRIVING, steering), SafetyState(steering, now_s)
    if now_s - state.good_at_s <= hold_s:
        return Decision(Mode.HOLDING, state.steering), state
    return Decision(Mode.STOPPING, 0.0), state


def stopping_throttle(speed_mph: float | None, brake: float) -> float:
    """The throttle of a car that has to stop: braking, 0..1 as ``brake`` says, while its speed is
    known and high enough that the car does not take it for reverse gear."""
    # 1 mph above the car's own threshold of 5: the command stays in force until the next one.
    return -brake if speed_mph is not None and speed_mph > 6.0 else 0.0
