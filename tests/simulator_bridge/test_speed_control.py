from __future__ import annotations

import pytest

from simulator_bridge.settings import BridgeSettings, Controller
from simulator_bridge.speed_control import (
    book_throttle,
    never_reverse,
    pi_throttle,
    speed_control,
)


@pytest.mark.parametrize(
    ("limit", "steering", "speed", "throttle", "new_limit"),
    [
        (25.0, 0.0, 0.0, 1.0, 25.0),
        (25.0, 0.0, 20.0, 0.36, 25.0),  # 1 - 0 - (20/25)^2
        (25.0, 0.5, 20.0, 0.11, 25.0),  # 1 - 0.25 - 0.64
        (25.0, -0.5, 20.0, 0.11, 25.0),
        (25.0, 0.0, 25.0, 0.0, 25.0),  # at the limit is not above it
        (25.0, 0.0, 26.0, -1.0, 10.0),  # 1 - (26/10)^2 = -5.76, cut
        (10.0, 0.0, 12.0, -0.44, 10.0),  # still above the lower limit
        (10.0, 0.0, 9.0, 0.8704, 25.0),  # 1 - (9/25)^2
    ],
)
def test_the_rule_of_the_book(
    limit: float, steering: float, speed: float, throttle: float, new_limit: float
) -> None:
    result = book_throttle(limit, steering, speed, min_limit_mph=10.0, max_limit_mph=25.0)
    assert result == pytest.approx((throttle, new_limit))


@pytest.mark.parametrize(
    ("memory", "speed", "throttle", "new_memory"),
    [
        (0.0, 20.0, 0.502, 0.002),  # 0.1 * 5 + 0.002 * 1, as no more than 1 mph is summed
        (0.0, 24.5, 0.051, 0.001),  # 0.1 * 0.5 + 0.002 * 0.5
        (0.2, 25.0, 0.2, 0.2),  # no error: what the sum holds
        (0.2, 27.0, -0.002, 0.198),
        (0.2, 0.0, 1.0, 0.2),  # at the stop: the sum rests (anti-windup)
        (0.2, 60.0, -1.0, 0.2),
        (0.001, 26.0, -0.1, 0.0),  # the sum is never below zero
        (1.0, 24.0, 1.0, 1.0),  # nor above one
    ],
)
def test_the_pi_controller(memory: float, speed: float, throttle: float, new_memory: float) -> None:
    assert pi_throttle(memory, speed, 25.0) == pytest.approx((throttle, new_memory))


@pytest.mark.parametrize(
    ("throttle", "speed", "expected"),
    [(-0.5, 5.0, 0.0), (-0.5, 0.0, 0.0), (-0.5, 5.1, -0.5), (0.5, 0.0, 0.5)],
)
def test_no_reverse(throttle: float, speed: float, expected: float) -> None:
    assert never_reverse(throttle, speed) == expected


def drive(controller: Controller, slope: float, seconds: float = 60.0) -> list[float]:
    """The speeds of a car with a lag and a drag, on a slope, 20 telemetries a second."""
    control = speed_control(BridgeSettings(controller=controller, set_speed_mph=20.0))
    memory, speed, speeds = control.memory, 0.0, []
    for _ in range(int(seconds * 20)):
        throttle, memory = control.step(memory, 0.05, speed)
        throttle = never_reverse(throttle, speed)
        pull = 12.0 * throttle if throttle > 0 else 25.0 * throttle
        speed = max(speed + (pull - 0.15 * speed - slope) * 0.05, 0.0)
        speeds.append(speed)
    return speeds


@pytest.mark.parametrize("slope", [0.0, 2.0, -4.0])
def test_pi_holds_the_set_speed_up_and_down(slope: float) -> None:
    settled = drive(Controller.PI, slope)[-400:]
    assert max(abs(speed - 20.0) for speed in settled) < 0.5


def test_pi_does_not_overshoot_from_a_standstill() -> None:
    assert max(drive(Controller.PI, 0.0)) < 20.5


def test_pi_holds_the_speed_better_than_the_book() -> None:
    def spread(controller: Controller) -> float:
        settled = [drive(controller, slope)[-1] for slope in (-4.0, 0.0, 2.0)]
        return max(settled) - min(settled)

    assert spread(Controller.PI) < 0.5
    assert spread(Controller.BOOK) > 5.0
