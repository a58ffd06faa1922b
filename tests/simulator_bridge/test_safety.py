from __future__ import annotations

import math

import pytest

from simulator_bridge.safety import Mode, SafetyState, decide, stopping_throttle

HOLD_S = 0.5
GOOD = SafetyState(steering=0.3, good_at_s=10.0)


@pytest.mark.parametrize(
    ("state", "prediction", "now_s", "mode", "steering"),
    [
        (SafetyState(), 0.2, 0.0, Mode.DRIVING, 0.2),
        (SafetyState(), None, 0.0, Mode.STOPPING, 0.0),
        (SafetyState(), math.nan, 0.0, Mode.STOPPING, 0.0),
        (GOOD, -0.4, 11.0, Mode.DRIVING, -0.4),
        (GOOD, 1.5, 10.1, Mode.DRIVING, 1.0),
        (GOOD, -7.0, 10.1, Mode.DRIVING, -1.0),
        (GOOD, None, 10.0, Mode.HOLDING, 0.3),
        (GOOD, None, 10.5, Mode.HOLDING, 0.3),
        (GOOD, math.nan, 10.5, Mode.HOLDING, 0.3),
        (GOOD, math.inf, 10.5, Mode.HOLDING, 0.3),
        (GOOD, -math.inf, 10.2, Mode.HOLDING, 0.3),
        (GOOD, None, 10.501, Mode.STOPPING, 0.0),
        (GOOD, math.inf, 99.0, Mode.STOPPING, 0.0),
    ],
)
def test_decisions(
    state: SafetyState, prediction: float | None, now_s: float, mode: Mode, steering: float
) -> None:
    decision, after = decide(state, prediction, now_s, HOLD_S)
    assert (decision.mode, decision.steering) == (mode, steering)
    if mode is Mode.DRIVING:
        assert after == SafetyState(steering, now_s)
    else:
        assert after == state


def test_a_hold_of_zero_straightens_at_once() -> None:
    decision, _ = decide(GOOD, None, 10.001, hold_s=0.0)
    assert decision.mode is Mode.STOPPING


@pytest.mark.parametrize(
    ("speed_mph", "throttle"),
    [(None, 0.0), (0.0, 0.0), (5.0, 0.0), (6.0, 0.0), (6.1, -0.3), (30.0, -0.3)],
)
def test_a_stopping_car_brakes_but_never_reverses(speed_mph: float | None, throttle: float) -> None:
    assert stopping_throttle(speed_mph, 0.3) == throttle
