"""The lines of the tracks, where things are on them, and the rules of leaving the road."""

from __future__ import annotations

import math

import numpy as np
import pytest

from practice_simulator.centre_line import CentreLine
from practice_simulator.expert import Expert
from practice_simulator.track import INTERVENTION_MARGIN_M, Course, read_points
from practice_simulator.tracks import load_track
from practice_simulator.world import World

BOTH = pytest.mark.parametrize("name", ["lake", "jungle"])


def circle(radius: float) -> CentreLine:
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    points = np.stack([radius * np.cos(turn), radius * np.sin(turn), np.zeros(40)], axis=1)
    return CentreLine.through(points, smoothing_m=2.0)


def test_a_circle_is_measured_right() -> None:
    line = circle(50.0)
    assert line.length_m == pytest.approx(2 * math.pi * 50, rel=0.01)
    assert np.allclose(line.curvature, 1 / 50, rtol=0.05)
    assert np.allclose(line.reversed().curvature, -1 / 50, rtol=0.05)


def test_locate_finds_what_point_made() -> None:
    line = circle(50.0)
    for along in np.arange(0.0, line.length_m, 7.3):
        for offset in (-6.0, -0.4, 0.0, 2.5, 6.0):
            x, z, _ = line.point(float(along), offset)
            for near in (None, float(along) - 8.0):
                place = line.locate(x, z, near)
                assert place.offset_m == pytest.approx(offset, abs=0.03)
                gap = (place.along_m - along + 50) % line.length_m - 50
                assert gap == pytest.approx(0.0, abs=0.2)


def test_right_of_the_line_is_positive() -> None:
    # Counter-clockwise, so outside is right.
    line = circle(50.0)
    assert line.locate(53.0, 0.0).offset_m == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("points", [np.zeros((3, 3)), np.zeros((5, 2)), np.zeros(6)])
def test_too_few_or_flat_points_are_refused(points: np.ndarray) -> None:
    with pytest.raises(ValueError, match="at least 4 points"):
        CentreLine.through(points, 5.0)


def test_no_such_track() -> None:
    with pytest.raises(ValueError, match="'desert'"):
        load_track("desert")


def test_the_lake_runs_along_its_published_centre_line() -> None:
    line = load_track("lake").line
    points = read_points("lake_centre_line.csv")
    assert len(points) == 70
    assert line.length_m == pytest.approx(1137, abs=8)
    gaps = [abs(line.locate(x, z).offset_m) for x, z, _ in points]
    assert max(gaps) < 1.5
    assert float(np.mean(gaps)) < 0.5


def test_the_lake_starts_where_the_simulator_starts_and_turns_left() -> None:
    line = load_track("lake").line
    assert math.hypot(line.x[0] + 40.62, line.z[0] - 108.73) < 1.5
    turned = float(line.curvature.sum() * line.spacing_m)
    assert turned == pytest.approx(2 * math.pi, abs=0.05)
    assert not np.ptp(line.y)


def test_the_jungle_is_hilly_and_twisting_but_can_be_driven() -> None:
    line = load_track("jungle").line
    assert np.ptp(line.y) > 20
    assert 0.1 < np.abs(line.grade).max() < 0.2
    tightest = 1 / np.abs(line.curvature).max()
    assert 8 < tightest < 16
    assert (line.curvature > 0.02).any()
    assert (line.curvature < -0.02).any()


@BOTH
def test_no_stretch_of_road_touches_another(name: str) -> None:
    track = load_track(name)
    line = track.line
    i = np.arange(0, line.count, 4)
    gap = np.hypot(line.x[i, None] - line.x[i], line.z[i, None] - line.z[i])
    between = np.abs(i[:, None] - i)
    between = np.minimum(between, line.count - between) * line.spacing_m
    assert gap[between > 60].min() > 2 * track.half_width_m + 8


def test_edges_of_the_lake() -> None:
    track = load_track("lake")
    assert track.edge_at(450.0, "left") == track.edge_at(450.0, "right") == "bridge"
    assert track.edge_at(590.0, "right") == "dirt"
    assert track.edge_at(590.0, "left") == "kerb"
    assert track.edge_at(50.0, "left") == "plain"


def test_in_the_jungle_the_right_lane_is_the_ideal_line_either_way() -> None:
    track = load_track("jungle")
    for reverse in (False, True):
        course = Course(track, reverse)
        x, z, _ = course.point(100.0)
        assert course.locate(x, z).offset_m == pytest.approx(0.0, abs=0.02)
        assert course.axis.locate(x, z).offset_m == pytest.approx(2.1, abs=0.02)
        left, right = (
            course.locate(*course.axis.point(100.0, -4.7)[:2]),
            course.locate(*course.axis.point(100.0, 4.5)[:2]),
        )
        assert course.beyond_edge_m(left) == pytest.approx(0.1, abs=0.03)
        assert course.beyond_edge_m(right) == pytest.approx(-0.1, abs=0.03)


def test_a_car_past_the_margin_is_put_back_at_rest_facing_along() -> None:
    course = Course(load_track("lake"))
    world = World(course, 100.0, start_speed_m_s=10.0)
    world.car.heading += math.pi / 2
    world.car.command(0.5, 1.0)
    left_at = None
    steps = 0
    while left_at is None:
        left_at = world.step()
        steps += 1
        assert steps < 200
    gone = course.locate(*left_at)
    assert INTERVENTION_MARGIN_M < course.beyond_edge_m(gone) < INTERVENTION_MARGIN_M + 0.3
    assert world.interventions == 1
    assert world.car.speed == 0.0
    assert abs(world.place.offset_m) < 0.01
    assert world.car.heading == pytest.approx(course.heading(world.place.along_m), abs=0.02)
    assert not world.off_road


def test_backwards_over_the_start_is_no_lap() -> None:
    world = World(Course(load_track("lake")), 0.5)
    world.car.command(0.0, -1.0)
    for _ in range(200):
        world.step()
    assert world.travelled_m < -1
    assert world.laps == 0


@BOTH
@pytest.mark.parametrize("reverse", [False, True])
def test_the_expert_laps_smoothly_near_the_ideal_line(name: str, reverse: bool) -> None:
    course = Course(load_track(name), reverse)
    world, expert = World(course), Expert(course, 30.0)
    steering = []
    largest = 0.0
    while world.laps < 1:
        command = expert.drive(world.car, world.place.along_m)
        world.car.command(*command)
        world.step()
        steering.append(command[0])
        largest = max(largest, abs(world.place.offset_m))
        assert world.time_s < 300
    assert world.interventions == 0
    assert largest < 0.8
    assert float(np.abs(np.diff(steering)).max()) < 0.02
    # Negative is left: the lake is driven with left bends, or the other way with right ones.
    if name == "lake":
        assert (float(np.mean(steering)) > 0) == reverse


@pytest.mark.parametrize("offset", [-3.0, 3.0])
def test_the_expert_comes_back_from_the_edge_without_swinging_over(offset: float) -> None:
    course = Course(load_track("lake"))
    world, expert = World(course, 440.0, 10.0), Expert(course, 22.0)
    world.car.x, world.car.z, _ = course.point(440.0, offset)
    world.place = course.locate(world.car.x, world.car.z, 440.0)
    across = []
    for _ in range(250):
        world.car.command(*expert.drive(world.car, world.place.along_m))
        world.step()
        across.append(world.place.offset_m * math.copysign(1, offset))
    assert abs(across[-1]) < 0.1
    assert min(across) > -0.3


def test_the_pose_follows_the_hills() -> None:
    course = Course(load_track("jungle"))
    steepest = int(np.argmax(course.axis.grade))
    world = World(course, steepest * course.axis.spacing_m)
    grade = float(course.axis.grade[steepest])
    assert world.pose().pitch == pytest.approx(math.atan(grade), abs=0.01)
    world.car.heading += math.pi
    assert world.pose().pitch == pytest.approx(-math.atan(grade), abs=0.01)
    assert world.pose().y == pytest.approx(float(course.axis.y[steepest]), abs=0.1)
