"""The car answers as recordings of the real simulator show."""

from __future__ import annotations

import math

import pytest

from practice_simulator.car import METRES_PER_SECOND_PER_MPH, PHYSICS_STEP_S, Car


def drive_for(car: Car, seconds: float, steering: float, throttle: float) -> Car:
    car.command(steering, throttle)
    for _ in range(round(seconds / PHYSICS_STEP_S)):
        car.step()
    return car


def test_full_throttle_reaches_30_mph_and_no_more() -> None:
    car = drive_for(Car(0, 0, 0), 20.0, 0.0, 1.0)
    assert car.speed_mph == pytest.approx(30.19)


@pytest.mark.parametrize(
    ("speed_m_s", "throttle", "acceleration"),
    # What recordings show: mean over the rows with this speed and throttle.
    [(3.0, 1.0, 4.84), (7.0, 1.0, 4.61), (11.0, 1.0, 4.19), (5.0, 0.0, -0.52), (11.0, 0.0, -1.19)],
)
def test_acceleration_is_that_of_recordings(
    speed_m_s: float, throttle: float, acceleration: float
) -> None:
    car = drive_for(Car(0, 0, 0, speed=speed_m_s), 0.1, 0.0, throttle)
    assert (car.speed - speed_m_s) / 0.1 == pytest.approx(acceleration, abs=0.35)


def test_negative_throttle_brakes_above_5_mph_and_reverses_below() -> None:
    fast = Car(0, 0, 0, speed=10.0)
    fast.command(0.0, -1.0)
    assert fast.brake == 1.0
    fast.step()
    assert (10.0 - fast.speed) / PHYSICS_STEP_S > 6.0
    slow = Car(0, 0, 0, speed=4.9 * METRES_PER_SECOND_PER_MPH)
    slow.command(0.0, -0.5)
    assert slow.brake == 0.0
    drive_for(slow, 6.0, 0.0, -0.5)
    assert slow.speed < 0
    assert slow.x < 10


def test_full_lock_turns_on_the_circle_of_the_wheelbase() -> None:
    car = drive_for(Car(0, 0, 0, speed=3.0), 1.0, 1.0, 0.13)
    turned = -car.heading
    radius = math.hypot(2.87 / math.tan(math.radians(25)), 2.87 / 2)
    assert turned == pytest.approx(3.0 * 1.0 / radius, rel=0.05)


def test_positive_steering_turns_right() -> None:
    # Facing +x with z to the left, right is -z.
    assert drive_for(Car(0, 0, 0, speed=5.0), 1.0, 0.3, 0.1).z < -0.3
    assert drive_for(Car(0, 0, 0, speed=5.0), 1.0, -0.3, 0.1).z > 0.3


def test_at_speed_the_car_runs_wide() -> None:
    car = drive_for(Car(0, 0, 0, speed=13.0), 0.02, 1.0, 1.0)
    turn = abs(car.heading) / PHYSICS_STEP_S
    assert turn * car.speed == pytest.approx(9.5, rel=0.02)


def test_commands_are_clamped() -> None:
    car = Car(0, 0, 0)
    car.command(-500.0, 7.0)
    assert (car.steering, car.throttle) == (-1.0, 1.0)


def test_hills_slow_and_speed_up() -> None:
    up, down = Car(0, 0, 0, speed=8.0), Car(0, 0, 0, speed=8.0)
    for _ in range(50):
        up.step(grade=0.1)
        down.step(grade=-0.1)
    assert up.speed < 8.0 - 0.9 < 8.0 < down.speed


def test_a_car_at_rest_stays_at_rest_on_a_hill() -> None:
    car = Car(0, 0, 0)
    for _ in range(100):
        car.step(grade=0.1)
    assert (car.x, car.speed) == (0.0, 0.0)
