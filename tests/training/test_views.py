"""The camera over the road, and steering labels for moved views."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from training.steering.augmentation import change_light, draw_view, render_view
from training.steering.bicycle import PathPose, advance, curvature
from training.steering.camera import SIDE_CAMERA_M, SIMULATOR_CAMERA
from training.steering.patches import CROP, MARGIN_ROWS, picture_to_patch, to_input, to_patch
from training.steering.recipe import BOOK, Recipe
from training.steering.views import View, nearest_camera, recovery_steering
from vision.preprocessing import crop_and_resize


def project(matrix, *point):
    x, y, w = matrix @ np.array([*point, 1.0])
    return x / w, y / w


def test_points_on_the_road_project_where_trigonometry_says():
    # 80 / tan 30 = 138.56 pixels of focal length; the horizon lies tan 7.6 of it above the middle.
    focal = 80 / math.tan(math.radians(30))
    to_picture = SIMULATOR_CAMERA.road_to_picture()
    _, horizon = project(to_picture, 0.0, 1e9)
    assert horizon == pytest.approx(79.5 - focal * math.tan(math.radians(7.6)), abs=1e-3)
    # 1.2 m below the camera and 5 m ahead: 13.5 degrees below the horizontal, 5.9 below the axis.
    column, row = project(to_picture, 0.0, 5.0)
    below = math.atan2(1.2, 5.0) - math.radians(7.6)
    assert column == pytest.approx(159.5)
    assert row == pytest.approx(79.5 + focal * math.tan(below))
    # 2 m to the right of it: depth along the axis is 5 cos 7.6 + 1.2 sin 7.6.
    depth = 5 * math.cos(math.radians(7.6)) + 1.2 * math.sin(math.radians(7.6))
    assert project(to_picture, 2.0, 5.0)[0] == pytest.approx(159.5 + focal * 2 / depth)


def test_a_moved_view_shows_the_same_road_from_elsewhere():
    to_picture = SIMULATOR_CAMERA.road_to_picture()
    moved = SIMULATOR_CAMERA.moved_view(0.7, math.radians(4))
    # A point as the moved camera sees it: (x, z) turned by 4 degrees and shifted by 0.7 m.
    x, z = 1.5, 9.0
    angle = math.radians(4)
    recorded = (
        0.7 + x * math.cos(angle) + z * math.sin(angle),
        z * math.cos(angle) - x * math.sin(angle),
    )
    seen = project(to_picture, x, z)
    np.testing.assert_allclose(project(moved, *seen), project(to_picture, *recorded), atol=1e-8)


def test_serving_and_training_see_the_same_pixels():
    rng = np.random.default_rng(0)
    for _ in range(20):
        picture = rng.integers(0, 256, (160, 320, 3), dtype=np.uint8)
        served = crop_and_resize(picture, CROP, 200, 66)
        np.testing.assert_array_equal(to_input(to_patch(picture)), served)
        np.testing.assert_array_equal(render_view(to_patch(picture), View()), served)


def test_the_patch_map_is_what_scaling_does():
    # A picture whose grey value is its column (or row): the patch shows where it was sampled.
    columns = np.broadcast_to(np.arange(320, dtype=np.uint16) % 256, (160, 320)).astype(np.uint8)
    picture = np.repeat(columns[..., None], 3, axis=2)
    patch = to_patch(picture)
    inverse = np.linalg.inv(picture_to_patch())
    for column in (20, 60, 100):
        assert patch[40, column, 0] == pytest.approx(project(inverse, column, 40)[0], abs=0.75)
    rows = np.repeat(np.repeat(np.arange(160, dtype=np.uint8)[:, None, None], 320, 1), 3, 2)
    patch = to_patch(rows)
    for row in (MARGIN_ROWS, 60, 100):
        assert patch[row, 50, 0] == pytest.approx(project(inverse, 50, row)[1], abs=0.75)


def test_mirroring_twice_is_nothing():
    patch = to_patch(np.random.default_rng(1).integers(0, 256, (160, 320, 3), dtype=np.uint8))
    mirrored = render_view(patch, View(mirror=True))
    np.testing.assert_array_equal(mirrored[:, ::-1], to_input(patch))


def test_a_view_from_the_left_camera_looks_like_the_left_camera(draw_recording):
    folder = draw_recording(steering=[0.05])
    pictures = {
        name: to_patch(cv2.imread(str(next(folder.glob(f"IMG/{name}*")))))
        for name in ("center", "left")
    }
    moved = render_view(pictures["center"], View(right_m=SIDE_CAMERA_M[1])).astype(float)
    left = to_input(pictures["left"]).astype(float)
    apart = np.abs(to_input(pictures["center"]).astype(float) - left).mean()
    assert np.abs(moved - left).mean() < 0.5 * apart


@pytest.mark.parametrize(
    ("place", "camera", "rest"), [(0.1, 0, 0.1), (-0.7, 1, 0.106), (0.9, 2, 0.075)]
)
def test_the_nearest_camera(place, camera, rest):
    found, left_over = nearest_camera(place)
    assert found == camera
    assert left_over == pytest.approx(rest)


def test_recovery_steers_back_and_is_antisymmetric():
    assert recovery_steering(1.0, 0.0, 9.0) < 0 < recovery_steering(-1.0, 0.0, 9.0)
    assert recovery_steering(0.0, 0.1, 9.0) < 0
    assert recovery_steering(0.6, 0.02, 9.0) == -recovery_steering(-0.6, -0.02, 9.0)
    # The circle through a point 9 m ahead and 0.5 m to the left has radius 9^2 / (2 * 0.5) = 81 m.
    assert curvature(recovery_steering(0.5, 0.0, 9.0)) == pytest.approx(-1 / 81, rel=1e-3)


@pytest.mark.parametrize("start", [PathPose(0.8, 0.0), PathPose(0.0, 0.1), PathPose(-0.5, 0.05)])
@pytest.mark.parametrize("path_steering", [0.0, 0.2])
def test_a_car_that_follows_the_labels_comes_back_to_the_path(start, path_steering):
    pose = start
    for _ in range(60):
        change = recovery_steering(pose.right_m, pose.heading_rad, 9.0)
        pose = advance(pose, path_steering + change, path_steering, 10.0, 0.1)
    assert abs(pose.right_m) < 0.05
    assert abs(pose.heading_rad) < 0.01


def test_the_books_labels():
    rng = np.random.default_rng(0)
    recipe = BOOK.model_copy(update={"shift_px": (0.0, 0.0)})
    drawn = [draw_view(recipe, np.ones(3, bool), 10.0, rng) for _ in range(200)]
    assert {(x.view.camera, x.steering_change) for x in drawn} == {(0, 0.0), (1, 0.2), (2, -0.2)}
    assert {x.view.mirror for x in drawn} == {True, False}
    shifted = [draw_view(BOOK, np.array([True, False, False]), 10.0, rng) for _ in range(50)]
    for example in shifted:
        assert example.view.camera == 0
        expected = BOOK.shift_steering_per_px * example.view.shift_px[0]
        assert example.steering_change == pytest.approx(expected)


def test_a_shift_moves_the_picture_by_pixels():
    patch = to_patch(np.random.default_rng(1).integers(0, 256, (160, 320, 3), dtype=np.uint8))
    moved = render_view(patch, View(shift_px=(7.0, 3.0)))
    np.testing.assert_array_equal(moved[3:, 7:], to_input(patch)[:-3, :-7])


def test_our_labels_follow_the_place_whichever_camera_shows_it():
    rng = np.random.default_rng(0)
    recipe = Recipe()
    for _ in range(100):
        example = draw_view(recipe, np.ones(3, bool), 10.0, rng)
        place = SIDE_CAMERA_M[example.view.camera] + example.view.right_m
        expected = recovery_steering(place, example.view.heading_rad, 10.0 * recipe.recovery_s)
        assert example.steering_change == pytest.approx(expected)


def test_light_keeps_shape_and_kind_and_no_change_is_no_change():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (66, 200, 3), dtype=np.uint8)
    changed = change_light(picture, Recipe(), rng)
    assert changed.shape == picture.shape
    assert changed.dtype == np.uint8
    none = BOOK.model_copy(update={"brightness": 0.0, "shadow": 0.0})
    np.testing.assert_array_equal(change_light(picture, none, rng), picture)
