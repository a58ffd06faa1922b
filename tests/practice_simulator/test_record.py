"""Recordings are what the simulator's training mode writes, and what a network should learn."""

from __future__ import annotations

import csv
import re
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from practice_simulator import RecordProgress, RecordSettings, record
from practice_simulator.errors import RecordingExistsError
from practice_simulator.recording import Manoeuvres
from practice_simulator.report import RecordReport
from practice_simulator.track import Course
from practice_simulator.tracks import load_track

NAME = re.compile(r"(center|left|right)_(\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d_\d{3})\.jpg")


def make(folder: Path, **changes: object) -> RecordReport:
    values: dict[str, object] = {"output": folder, "frames": 40, "track": "lake", "seed": 5}
    return record(RecordSettings(**(values | changes)))  # type: ignore[arg-type]


def rows_of(folder: Path) -> list[list[str]]:
    with (folder / "driving_log.csv").open(newline="") as file:
        return list(csv.reader(file))


def test_the_log_is_written_as_training_mode_writes_it(tmp_path: Path) -> None:
    told: list[RecordProgress] = []
    folder = tmp_path / "lake"
    report = record(RecordSettings(output=folder, frames=40, seed=5), told.append)
    rows = rows_of(folder)
    assert report.rows == len(rows) == len(told) == 40
    assert told[-1].fraction == 1.0
    moments = []
    for row in rows:
        assert len(row) == 7
        for camera, cell in zip(("center", "left", "right"), row[:3], strict=True):
            path = Path(cell)
            assert path.is_absolute()
            assert path.parent == folder / "IMG"
            match = NAME.fullmatch(path.name)
            assert match
            assert match[1] == camera
            assert path.is_file()
        assert len({cell.split("_", 1)[1] for cell in row[:3]}) <= 3
        moments.append(datetime.strptime(Path(row[0]).stem[7:] + "000", "%Y_%m_%d_%H_%M_%S_%f"))
        steering, throttle, brake, speed = map(float, row[3:])
        assert -1 <= steering <= 1
        assert 0 <= throttle <= 1
        assert 0 <= brake <= 1
        assert 0 < speed <= 30.2
    gaps = np.diff([moment.timestamp() for moment in moments])
    assert np.allclose(gaps[:10], 0.08)
    assert len(list((folder / "IMG").iterdir())) == 120
    picture = cv2.imread(rows[0][1])
    assert picture is not None
    assert picture.shape == (160, 320, 3)


@pytest.mark.parametrize("existing", ["driving_log.csv", "IMG"])
def test_a_recording_is_never_overwritten(tmp_path: Path, existing: str) -> None:
    old = tmp_path / existing
    if existing == "IMG":
        old.mkdir()
    else:
        old.write_text("precious")
    with pytest.raises(RecordingExistsError, match="never overwritten"):
        make(tmp_path)
    if existing == "driving_log.csv":
        assert old.read_text() == "precious"


def test_the_same_seed_records_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make(tmp_path / name, track="jungle", frames=12)
    first, second = rows_of(tmp_path / "a"), rows_of(tmp_path / "b")
    assert [row[3:] for row in first] == [row[3:] for row in second]
    for one, other in zip(first, second, strict=True):
        for a, b in zip(one[:3], other[:3], strict=True):
            assert Path(a).name == Path(b).name
            assert Path(a).read_bytes() == Path(b).read_bytes()


def test_another_seed_records_something_else(tmp_path: Path) -> None:
    make(tmp_path / "a", frames=5)
    make(tmp_path / "b", frames=5, seed=6)
    assert [r[3:] for r in rows_of(tmp_path / "a")] != [r[3:] for r in rows_of(tmp_path / "b")]


def test_recoveries_are_recorded_and_steer_back(tmp_path: Path) -> None:
    report = make(tmp_path, frames=110, recovery_share=0.7, speed_mph=15)
    assert 30 < report.recovery_rows < 100
    assert 0.8 < report.largest_offset_m < 3.7
    steering = np.array([float(row[3]) for row in rows_of(tmp_path)])
    # Smooth as a good wheel but where an unrecorded drift was cut out.
    assert float(np.median(np.abs(np.diff(steering)))) < 0.02


def test_without_recoveries_the_car_stays_near_its_line(tmp_path: Path) -> None:
    report = make(tmp_path, frames=60, recovery_share=0.0)
    assert report.recovery_rows == 0
    assert report.largest_offset_m < 0.8


def test_drifts_go_to_both_sides_and_never_off_the_road() -> None:
    course = Course(load_track("jungle"))
    manoeuvres = Manoeuvres(course, 0.5, np.random.default_rng(1))
    targets = set()
    for _ in range(20_000):
        moment = manoeuvres.next(0.0)
        if moment.phase == "drift":
            targets.add(moment.target_offset_m + course.track.lane_offset_m)
            assert moment.push == 0.0
        else:
            assert moment.target_offset_m == 0.0
    assert min(targets) < -1
    assert max(targets) > 1
    assert max(abs(target) for target in targets) < course.track.half_width_m - 0.8
