"""What the cameras see: where the road is in the picture, its colours, and that it repeats."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest

from practice_simulator.bonnet import Pixels
from practice_simulator.camera import Cameras, encode_jpeg
from practice_simulator.track import Course
from practice_simulator.tracks import load_track
from practice_simulator.weather import weather_for
from practice_simulator.world import Pose, World

HORIZON_ROW = 61
BOTH = pytest.mark.parametrize("name", ["lake", "jungle"])
SEEDS = range(12)


@cache
def cameras(name: str, seed: int = 0) -> Cameras:
    return Cameras(load_track(name), weather_for(name, seed), seed, ("center", "left", "right"))


def pose(name: str, along_m: float, offset_m: float = 0.0, turn: float = 0.0) -> Pose:
    course = Course(load_track(name))
    world = World(course, along_m)
    world.car.x, world.car.z, _ = course.point(along_m, offset_m)
    world.car.heading += turn
    return world.pose()


def look(name: str, along_m: float, offset_m: float = 0.0, turn: float = 0.0) -> Pixels:
    return cameras(name).render(pose(name, along_m, offset_m, turn))[0]


def is_yellow_line(picture: Pixels) -> np.ndarray:
    hue, strong, bright = cv2.split(cv2.cvtColor(picture, cv2.COLOR_BGR2HSV))
    return (hue > 15) & (hue < 32) & (strong > 120) & (bright > 100)


def test_pictures_are_320_by_160_and_encode_as_jpeg() -> None:
    pictures = cameras("lake").render(pose("lake", 0.0))
    assert [picture.shape for picture in pictures] == [(160, 320, 3)] * 3
    data = encode_jpeg(pictures[0])
    assert data[:2] == b"\xff\xd8"
    assert 4_000 < len(data) < 25_000


def test_the_sky_is_blue_above_and_the_road_grey_below() -> None:
    picture = look("lake", 0.0).astype(int)
    blue, green, red = picture[:8].mean(axis=(0, 1))
    assert blue > green > red
    road = picture[95:130, 120:200].mean(axis=(0, 1))
    assert np.ptp(road) < 30
    assert 80 < road.mean() < 150


def test_the_bridge_narrows_to_the_horizon_of_recordings() -> None:
    # The walls' dark feet are straight; where they would meet is the horizon.
    picture = look("lake", 450.0).astype(int)
    rows = np.arange(74, 92)
    feet = []
    for side in (np.arange(0, 150), np.arange(319, 170, -1)):
        dark = picture[rows][:, side].max(axis=2) < 40
        feet.append(side[dark.shape[1] - 1 - np.argmax(dark[:, ::-1], axis=1)])
    left, right = (np.polyfit(rows, foot, 1) for foot in feet)
    meeting = (right[1] - left[1]) / (left[0] - right[0])
    assert meeting == pytest.approx(HORIZON_ROW, abs=2.0)


def test_the_road_is_as_wide_as_in_recordings() -> None:
    # In recordings the yellow lines are about 7.4 m apart: 163 px in row 100.
    line = is_yellow_line(look("lake", 100.0))[98:103]
    columns = np.flatnonzero(line.any(axis=0))
    left, right = columns[columns < 160].max(), columns[columns > 160].min()
    down = math.radians(9.5 - 1.9)
    depth = 1.23 / (math.cos(down) * (100.5 - 80) / 138.56 + math.sin(down))
    assert (right - left) * depth / 138.56 == pytest.approx(7.3, abs=0.6)


def test_offset_and_heading_move_the_road_the_right_way() -> None:
    def middle(picture: Pixels) -> float:
        # The innermost yellow on either side: farther out, grass is yellow too.
        columns = np.flatnonzero(is_yellow_line(picture)[96:104].any(axis=0))
        return float(columns[columns < 160].max() + columns[columns > 160].min()) / 2

    straight = middle(look("lake", 100.0))
    assert middle(look("lake", 100.0, offset_m=0.7)) < straight - 8
    assert middle(look("lake", 100.0, offset_m=-0.7)) > straight + 8
    # Turned left (counter-clockwise), the road lies to the right.
    assert middle(look("lake", 100.0, turn=0.1)) > straight + 5


def test_side_cameras_see_what_the_middle_one_would_from_there() -> None:
    pictures = cameras("jungle").render(pose("jungle", 30.0))
    for index, offset in ((1, -0.806), (2, 0.825)):
        moved = look("jungle", 30.0, offset_m=offset)
        rows = slice(0, 135)
        difference = np.abs(pictures[index][rows].astype(int) - moved[rows]).mean()
        apart = np.abs(pictures[index][rows].astype(int) - pictures[0][rows]).mean()
        assert difference < 0.5 * apart


def test_the_bonnet_is_in_every_picture_and_does_not_move() -> None:
    near = [cameras("lake").render(pose("lake", s)) for s in (0.0, 450.0, 600.0)]
    for first, second in zip(near[0], near[1], strict=True):
        same = (first == second).all(axis=2)
        assert same[156:].mean() > 0.3
        assert same[90:130].mean() < 0.1
    assert (near[0][0] == near[2][0]).all(axis=2)[152, 150]
    assert not (near[0][1][150, 150] == near[0][0][150, 150]).all()


def red_and_white(picture: Pixels) -> tuple[float, float]:
    hue, strong, bright = cv2.split(cv2.cvtColor(picture[62:120], cv2.COLOR_BGR2HSV))
    red = ((hue < 10) | (hue > 172)) & (strong > 110) & (bright > 110)
    return float(red[:, :160].mean()), float(red[:, 160:].mean())


def test_bends_have_kerbs_and_the_dirt_edge_has_none() -> None:
    plain = red_and_white(look("lake", 60.0))
    kerb = red_and_white(look("lake", 720.0))
    dirt = red_and_white(look("lake", 584.0))
    assert max(plain) < 0.002
    assert min(kerb) > 0.01
    assert dirt[0] > 0.01 > 4 * dirt[1]


def test_the_bridge_has_reddish_stones_between_dark_walls() -> None:
    picture = look("lake", 450.0).astype(int)
    blue, _, red = picture[95:130, 120:200].mean(axis=(0, 1))
    assert red > blue + 20
    assert picture[80:92, 0:12].mean() < 45


def test_the_jungle_has_a_broken_middle_line_and_an_edge_line() -> None:
    white = 0
    for along in (20.0, 21.0, 22.0, 23.0, 24.0):
        picture = look("jungle", along)
        bright = picture[92:128].min(axis=2) > 200
        white += int(bright[:, :150].sum() > 40)
        assert bright[:, 170:].sum() > 40
    assert 1 <= white <= 5
    first, second = look("jungle", 20.0), look("jungle", 22.3)
    assert np.abs(first[92:128, :150].astype(int) - second[92:128, :150]).mean() > 4


@BOTH
def test_the_same_seed_gives_the_same_bytes_in_another_process(name: str) -> None:
    code = (
        "import hashlib, sys\n"
        "from tests.practice_simulator.test_camera import cameras, pose\n"
        "name = sys.argv[1]\n"
        "seen = hashlib.sha256()\n"
        "for along in (0.0, 300.0, 700.0):\n"
        "    for picture in cameras(name).render(pose(name, along)):\n"
        "        seen.update(picture.tobytes())\n"
        "print(seen.hexdigest())\n"
    )
    # Two at once: renderers in several processes must not disturb each other.
    others = [
        subprocess.Popen([sys.executable, "-c", code, name], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    here = hashlib.sha256()
    for along in (0.0, 300.0, 700.0):
        for picture in cameras(name).render(pose(name, along)):
            here.update(picture.tobytes())
    outputs = [other.communicate(timeout=120)[0].strip() for other in others]
    assert outputs == [here.hexdigest()] * 2


@BOTH
def test_nothing_flickers_when_a_picture_is_rendered_again(name: str) -> None:
    first = cameras(name).render(pose(name, 120.0))[0]
    cameras(name).render(pose(name, 700.0))
    assert (cameras(name).render(pose(name, 120.0))[0] == first).all()


def test_seeds_bring_different_weather() -> None:
    kinds = {weather_for("lake", seed).kind for seed in SEEDS}
    assert kinds == {"clear", "low sun", "overcast", "haze", "dim"}
    assert weather_for("lake", 0).kind == weather_for("jungle", 0).kind == "clear"
    assert weather_for("lake", 3) == weather_for("lake", 3)
    assert weather_for("lake", 3) != weather_for("lake", 9)


def brightness(name: str, seed: int) -> float:
    single = Cameras(load_track(name), weather_for(name, seed), seed)
    mean = float(single.render(pose(name, 50.0))[0].mean())
    single.close()
    return mean


def test_dim_weather_is_darker() -> None:
    dim = next(seed for seed in SEEDS if weather_for("lake", seed).kind == "dim")
    assert brightness("lake", dim) < 0.92 * brightness("lake", 0)


def test_haze_takes_contrast_from_what_is_far() -> None:
    hazy = next(seed for seed in SEEDS if weather_for("lake", seed).kind == "haze")
    single = Cameras(load_track("lake"), weather_for("lake", hazy), hazy)
    far: Callable[[Pixels], float] = lambda picture: float(picture[40:60].std())  # noqa: E731
    assert far(single.render(pose("lake", 50.0))[0]) < 0.8 * far(look("lake", 50.0))


def test_walls_of_the_jungle_throw_shade_on_the_road() -> None:
    road = [look("jungle", along)[105:125, 130:190].mean() for along in np.arange(0, 2300, 60.0)]
    assert max(road) > 2 * min(road)
