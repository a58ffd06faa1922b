from __future__ import annotations

import pytest

from simulator_bridge.commands import STOP, Command
from simulator_bridge.pilot import Pilot
from simulator_bridge.safety import Mode
from simulator_bridge.settings import BridgeSettings


@pytest.fixture
def pilot() -> Pilot:
    return Pilot(BridgeSettings(set_speed_mph=20.0, hold_ms=500.0))


def test_it_drives(pilot: Pilot) -> None:
    assert pilot.drive(0.25, 10.0, now_s=0.0).steering == 0.25
    assert pilot.last.throttle == pytest.approx(1.0)
    assert pilot.mode is Mode.DRIVING


def test_a_failure_holds_then_stops_then_drives_again(pilot: Pilot) -> None:
    pilot.drive(0.25, 20.0, now_s=0.0)
    held = pilot.drive(None, 20.0, now_s=0.3)
    assert (pilot.mode, held.steering) == (Mode.HOLDING, 0.25)
    assert pilot.drive(None, 20.0, now_s=0.6) == Command(0.0, -0.3)
    assert pilot.drive(None, 4.0, now_s=0.9) == Command(0.0, 0.0)
    assert pilot.drive(-0.1, 4.0, now_s=1.2).steering == -0.1
    assert pilot.mode is Mode.DRIVING


def test_before_the_first_prediction_it_stands(pilot: Pilot) -> None:
    assert pilot.drive(None, 0.0, now_s=0.0) == STOP


def test_a_missing_speed_is_the_last_one(pilot: Pilot) -> None:
    known = pilot.drive(0.0, 18.0, now_s=0.0)
    unknown = pilot.drive(0.0, None, now_s=0.1)
    assert unknown.throttle == pytest.approx(known.throttle, abs=0.01)


def test_without_any_speed_there_is_no_throttle(pilot: Pilot) -> None:
    assert pilot.drive(0.1, None, now_s=0.0) == Command(0.1, 0.0)


def test_silence_repeats_the_last_command_once(pilot: Pilot) -> None:
    last = pilot.drive(0.25, 10.0, now_s=0.0)
    assert pilot.wake(attempt=1) == last
    assert pilot.wake(attempt=2) == STOP


def test_silence_does_not_repeat_what_was_no_driving(pilot: Pilot) -> None:
    pilot.drive(0.25, 10.0, now_s=0.0)
    pilot.drive(None, 10.0, now_s=0.1)
    assert pilot.wake(attempt=1) == STOP


def test_smoothing_keeps_a_share() -> None:
    pilot = Pilot(BridgeSettings(smoothing=0.75))
    assert pilot.drive(0.4, 10.0, now_s=0.0).steering == pytest.approx(0.4)
    assert pilot.drive(0.0, 10.0, now_s=0.1).steering == pytest.approx(0.3)
