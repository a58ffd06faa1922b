"""Driving recorded video in a closed loop."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from training.errors import TrainingError
from training.steering.bicycle import CAMERA_AHEAD_M, PathPose, advance, curvature
from training.steering.lane_centre import recorded_offsets
from training.steering.recordings import read_recording
from training.steering.replay import Drive, drive_recording
from training.steering.seen import seen_picture
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


def test_with_a_centre_the_car_is_measured_from_it(draw_recording):
    recording = read_recording(draw_recording(steering=[0.0] * 40))
    centre = np.full(40, -1.4)
    drive = drive_recording(recording, lambda _row, _picture: 0.0, centre)
    assert len(drive.taken_over) == 0
    assert np.abs(drive.right_m).max() == pytest.approx(0.0)
    # The centre leads away from the recorded path by 3 m: going straight on is not enough.
    drive = drive_recording(recording, lambda _row, _picture: 0.0, np.linspace(0, 3, 40))
    assert len(drive.taken_over) == 2


class PlaceTeller:
    """Tells half of where the road's middle is seen to lie, as an unsure network does."""

    def __init__(self, *labels: str) -> None:
        self.spec = SimpleNamespace(labels=labels)

    def prepare(self, picture):
        return picture

    def predict(self, pictures):
        road = np.flatnonzero((pictures[0, 85, :, 0] > 85) & (pictures[0, 85, :, 1] < 110))
        metres_a_pixel = 1.2 / (85 - 61)
        return np.array([[0.0, 0.5 * (159.5 - road.mean()) * metres_a_pixel]])


def test_answers_of_an_unsure_model_are_scaled_by_views_that_were_moved(draw_recording):
    folder = draw_recording(steering=[0.0] * 40)
    # What the right camera saw becomes the centre picture: a drive 0.825 m right of the middle.
    for name in ("right", "left"):
        for path in folder.glob(f"IMG/{name}_*"):
            if name == "right":
                path.replace(path.with_name(path.name.replace("right", "center")))
            else:
                path.unlink()
    offsets = recorded_offsets(PlaceTeller("steering", "offset_m"), read_recording(folder))
    np.testing.assert_allclose(offsets, 0.825, atol=0.08)
    with pytest.raises(TrainingError, match="needs a column offset_m"):
        recorded_offsets(PlaceTeller("steering"), read_recording(folder))
