"""Recording a drive, and reading recordings."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.raw_simulator import RawSimulator, telemetry_text
from simulator_bridge.commands import Command
from simulator_bridge.errors import RecordingError
from simulator_bridge.metrics import BridgeMetrics
from simulator_bridge.recorder import RecordedFrame, Recorder, new_folder
from simulator_bridge.recording import frames_per_second, read_recording
from tests.simulator_bridge.harness import BridgeProcess, FakeService, wait_until

TAKEN_AT = datetime(2026, 3, 4, 5, 6, 7, 890_000)


def frame(jpeg: bytes, command: Command, milliseconds: int = 0) -> RecordedFrame:
    return RecordedFrame(jpeg, command, 12.5, TAKEN_AT + timedelta(milliseconds=milliseconds))


def test_a_recorded_drive_has_the_form_of_training_mode(tmp_path: Path, jpegs: list[bytes]) -> None:
    metrics = BridgeMetrics()
    recorder = Recorder(tmp_path, "car-1", 10, metrics)
    recorder.offer(frame(jpegs[0], Command(0.25, 0.5)))
    recorder.offer(frame(jpegs[1], Command(-0.25, -0.5), 100))
    recorder.close(10.0)
    folder = tmp_path / "2026-03-04_05-06-07_car-1"
    with (folder / "driving_log.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    names = [f"IMG/center_2026_03_04_05_06_07_{ms}.jpg" for ms in ("890", "990")]
    assert rows == [
        [names[0], "", "", "0.250000", "0.500000", "0.000000", "12.500000"],
        [names[1], "", "", "-0.250000", "0.000000", "0.500000", "12.500000"],
    ]
    assert [(folder / name).read_bytes() for name in names] == jpegs[:2]
    assert metrics.counts()["recorded_frames"] == 2


def test_never_over_an_older_one(tmp_path: Path, jpegs: list[bytes]) -> None:
    for jpeg in jpegs[:3]:
        recorder = Recorder(tmp_path, "car-1", 10, BridgeMetrics())
        recorder.offer(frame(jpeg, Command(0.0, 0.0)))
        recorder.close(10.0)
    folders = sorted(path.name for path in tmp_path.iterdir())
    stem = "2026-03-04_05-06-07_car-1"
    assert folders == [stem, f"{stem}_2", f"{stem}_3"]
    pictures = [next((tmp_path / name / "IMG").iterdir()).read_bytes() for name in folders]
    assert pictures == jpegs[:3]


def test_frames_of_one_millisecond_have_files_of_their_own(
    tmp_path: Path, jpegs: list[bytes]
) -> None:
    recorder = Recorder(tmp_path, "car-1", 10, BridgeMetrics())
    for jpeg in jpegs[:4]:
        recorder.offer(frame(jpeg, Command(0.0, 0.0)))
    recorder.close(10.0)
    frames = read_recording(next(tmp_path.iterdir()))
    assert [f.image.read_bytes() for f in frames] == jpegs[:4]


def test_no_frame_makes_no_folder(tmp_path: Path) -> None:
    Recorder(tmp_path, "car-1", 10, BridgeMetrics()).close(10.0)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_is_counted(tmp_path: Path, jpegs: list[bytes]) -> None:
    (tmp_path / "file").write_text("no folder")
    metrics = BridgeMetrics()
    recorder = Recorder(tmp_path / "file", "car-1", 10, metrics)
    for jpeg in jpegs[:3]:
        recorder.offer(frame(jpeg, Command(0.0, 0.0)))
    recorder.close(10.0)
    assert metrics.counts()["record_drops"] == 3


def test_a_full_queue_drops_and_counts(tmp_path: Path, jpegs: list[bytes], monkeypatch) -> None:
    monkeypatch.setattr(Recorder, "_run", lambda self: None)
    metrics = BridgeMetrics()
    recorder = Recorder(tmp_path, "car-1", 2, metrics)
    for jpeg in jpegs[:5]:
        recorder.offer(frame(jpeg, Command(0.0, 0.0)))
    assert metrics.counts()["record_drops"] == 3


@pytest.fixture
def recording_bridge(
    mode: str, start_bridge: Callable[..., BridgeProcess], tmp_path: Path, service: FakeService
) -> BridgeProcess:
    return start_bridge(server=mode, steering_address=service.address, record=tmp_path / "drives")


def test_the_bridge_records(
    recording_bridge: BridgeProcess,
    connect: Callable[[int], RawSimulator],
    jpegs: list[bytes],
    tmp_path: Path,
) -> None:
    bridge = recording_bridge
    cars = [connect(bridge.port), connect(bridge.port)]
    for car in cars:
        for jpeg in jpegs[2:5]:
            car.send_text(telemetry_text(jpeg, speed_mph=20.0))
            car.next_event()
    wait_until(lambda: bridge.counts()["recorded_frames"] == 8, "all is written")
    assert bridge.stop() == 0
    folders = sorted((tmp_path / "drives").iterdir())
    assert [folder.name[20:] for folder in folders] == ["car-1", "car-2"]
    for folder in folders:
        frames = read_recording(folder)
        assert [f.image.read_bytes() for f in frames] == jpegs[1:5]
        assert [f.steering for f in frames] == [0.25] * 4
        assert [f.speed_mph for f in frames][1:] == [20.0] * 3


def write_log(folder: Path, text: str) -> Path:
    (folder / "IMG").mkdir()
    for name in ("a.jpg", "center_2016_12_01_13_30_48_287.jpg"):
        (folder / "IMG" / name).write_bytes(b"picture")
    (folder / "driving_log.csv").write_text(text)
    return folder


@pytest.mark.parametrize(
    "row",
    [
        "IMG/a.jpg,IMG/l.jpg,IMG/r.jpg,0.5,0.25,0,20.5",
        "a.jpg, l.jpg, r.jpg, 0.5, 0.25, 0, 20.5",
        "/home/x/IMG/a.jpg,,,0.5,0.25,0,20.5",
        "C:\\x y\\IMG\\a.jpg,C:\\l.jpg,C:\\r.jpg,0.5,0.25,0,20.5",
        "center,left,right,steering,throttle,brake,speed\na.jpg,,,0.5,0.25,0,20.5",
        "a.jpg,l.jpg,r.jpg,0,5,0,25,0,0,20,5",
    ],
    ids=["relative", "spaces", "absolute", "windows", "header", "comma-decimal"],
)
def test_rows_of_every_kind(tmp_path: Path, row: str) -> None:
    (only,) = read_recording(write_log(tmp_path, row + "\n"))
    assert (only.steering, only.throttle, only.brake, only.speed_mph) == (0.5, 0.25, 0.0, 20.5)
    assert only.image == tmp_path / "IMG" / "a.jpg"


@pytest.mark.parametrize("text", ["", "a.jpg,1\n", "missing.jpg,,,0,0,0,0\n", "a.jpg,,,x,0,0,0\n"])
def test_no_usable_row(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecordingError, match="rows has a picture"):
        read_recording(write_log(tmp_path, text))


def test_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="is no recording"):
        read_recording(tmp_path / "nowhere")


def test_the_time_is_in_the_name(tmp_path: Path) -> None:
    row = "center_2016_12_01_13_30_48_287.jpg,,,0,0,0,0\n"
    frames = read_recording(write_log(tmp_path, row + "a.jpg,,,0,0,0,0\n"))
    assert frames[0].taken_at == datetime(2016, 12, 1, 13, 30, 48, 287_000)
    assert frames[1].taken_at is None
    assert frames_per_second(frames) is None


def test_a_folder_is_never_taken_twice(tmp_path: Path) -> None:
    made = {new_folder(tmp_path, "car-1", TAKEN_AT) for _ in range(5)}
    assert len(made) == 5
