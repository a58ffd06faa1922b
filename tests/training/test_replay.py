"""Driving recorded video in a closed loop."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.steering.bicycle import CAMERA_AHEAD_M, PathPose, advance, curvature
from training.steering.recordings import read_recording
from training.steering.replay import Drive, drive_recording, seen_picture
from training.steering.signals import smooth


def test_the_recorded_steering_stays_on_the_path(draw_recording, winding):
    recording = read_recording(draw_recording(steering=winding[:120]))
    driven = smooth(recording.steering, recording.segments)
    drive = drive_recording(recording, lambda row, _picture: float(driven[row]))
    assert len(drive.taken_over) == 0
    assert drive.autonomy_percent == 100.0
    assert np.abs(drive.right_m).max() < 1e-9
    assert drive.elapsed_s == pytest.approx(11.9)


def test_going_straight_on_in_a_curve_needs_interventions(draw_recording):
    recording = read_recording(draw_recording(steering=[0.2] * 60))
    drive = drive_recording(recording, lambda _row, _picture: 0.0)
    # On the outside of a right-hand curve, that is to the left, and set back each time.
    assert len(drive.taken_over) >= 3
    assert drive.right_m.min() < -1.0
    assert drive.right_m.max() <= 0.0
    assert drive.autonomy_percent == 0.0


def test_a_pause_puts_the_car_back(draw_recording):
    folder = draw_recording(steering=[0.0] * 6)
    log = folder / "driving_log.csv"
    for path in sorted(folder.glob("IMG/*")):
        number = int(path.stem[-3:]) // 100
        if number >= 3:
            path.rename(path.with_name(path.name.replace("10_00_00", "10_05_00")))
    for number in range(3, 6):
        log.write_text(log.read_text().replace(f"10_00_00_{number}00", f"10_05_00_{number}00"))
    recording = read_recording(folder)
    drive = drive_recording(recording, lambda _row, _picture: 0.05)
    assert drive.elapsed_s == pytest.approx(0.4)
    assert drive.right_m[0] == drive.right_m[3] == 0.0
    assert drive.right_m[2] > 0


def test_autonomy_is_nvidias_formula():
    # The paper's own example: 10 interventions in 600 seconds are 90 %.
    drive = Drive(np.zeros(1), np.zeros(1), np.zeros(10), 600.0)
    assert drive.autonomy_percent == pytest.approx(90.0)


def test_a_car_on_the_path_sees_the_recorded_picture(draw_recording):
    recording = read_recording(draw_recording(steering=[0.1]))
    at_path = seen_picture(recording, 0, PathPose())
    assert at_path.shape == (160, 320, 3)
    moved = seen_picture(recording, 0, PathPose(right_m=0.3))
    assert (moved[60:135] != at_path[60:135]).mean() > 0.1


def test_advancing_turns_as_fast_as_the_bicycle():
    # On a straight path, steering 0.1 for a second at 10 m/s turns by 10 * tan(2.5 degrees) / 2.87.
    pose = advance(PathPose(), 0.1, 0.0, 10.0, 1.0)
    assert math.sin(pose.heading_rad) == pytest.approx(10 * curvature(0.1), rel=0.02)
    assert pose.right_m == pytest.approx(0.5 * 10**2 * curvature(0.1), rel=0.03)


def test_the_camera_swings_out_ahead_of_the_rear_axle():
    assert PathPose(0.2, 0.1).camera_right_m == pytest.approx(0.2 + CAMERA_AHEAD_M * math.sin(0.1))
