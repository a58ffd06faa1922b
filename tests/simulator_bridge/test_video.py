from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from simulator_bridge.commands import Command
from simulator_bridge.errors import VideoError
from simulator_bridge.instruments import PANEL_HEIGHT
from simulator_bridge.metrics import BridgeMetrics
from simulator_bridge.recorder import RecordedFrame, Recorder
from simulator_bridge.settings import VideoSettings
from simulator_bridge.video import make_video

FRAMES = 6


@pytest.fixture
def recording(tmp_path: Path, jpegs: list[bytes]) -> Path:
    recorder = Recorder(tmp_path, "car-1", FRAMES, BridgeMetrics())
    for number in range(FRAMES):
        taken_at = datetime(2026, 1, 1) + timedelta(milliseconds=100 * number)
        recorder.offer(RecordedFrame(jpegs[number], Command(0.5, 0.5), 20.0, taken_at))
    recorder.close(10.0)
    return next(tmp_path.iterdir())


def read(path: Path) -> tuple[list[np.ndarray], float]:
    film = cv2.VideoCapture(str(path))
    pictures: list[np.ndarray] = []
    while True:
        good, picture = film.read()
        if not good:
            return pictures, film.get(cv2.CAP_PROP_FPS)
        pictures.append(picture)


@pytest.mark.parametrize("encoder", ["h264", "opencv"])
def test_every_frame_at_the_speed_of_the_drive(
    recording: Path, monkeypatch: pytest.MonkeyPatch, encoder: str
) -> None:
    if encoder == "h264":
        pytest.importorskip("imageio_ffmpeg")
    else:
        monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    done: list[tuple[int, int]] = []
    path = make_video(VideoSettings(recording=recording), lambda *now: done.append(now))
    assert path == recording / "drive.mp4"
    pictures, fps = read(path)
    assert len(pictures) == FRAMES
    assert pictures[0].shape == (320 + PANEL_HEIGHT, 640, 3)
    assert fps == pytest.approx(10.0)
    assert done == [(number, FRAMES) for number in range(1, FRAMES + 1)]


def test_scale_rate_length_and_place(recording: Path, tmp_path: Path) -> None:
    output = tmp_path / "new" / "film.mp4"
    settings = VideoSettings(recording=recording, output=output, scale=3, fps=24, max_frames=2)
    assert make_video(settings) == output
    pictures, fps = read(output)
    assert (len(pictures), pictures[0].shape, fps) == (2, (480 + PANEL_HEIGHT, 960, 3), 24.0)


def test_the_prediction_is_drawn(recording: Path, service) -> None:
    service.steering = -1.0
    plain = read(make_video(VideoSettings(recording=recording)))[0][0]
    settings = VideoSettings(recording=recording, predict=True, steering_address=service.address)
    predicted = read(make_video(settings))[0][0]
    assert not np.array_equal(plain[-PANEL_HEIGHT:], predicted[-PANEL_HEIGHT:])
    assert len(service.images) == FRAMES


def test_the_heat_map_is_laid_over(recording: Path, service) -> None:
    settings = VideoSettings(recording=recording, heat_map=True, steering_address=service.address)
    picture = read(make_video(settings))[0][0][:-PANEL_HEIGHT]
    blue, _, red = picture.reshape(-1, 3).mean(axis=0)
    # The scripted service's overlay is plain red.
    assert red > 200
    assert blue < 60


def test_no_service_is_explained(recording: Path) -> None:
    settings = VideoSettings(recording=recording, predict=True, steering_address="127.0.0.1:1")
    with pytest.raises(VideoError, match="roadsight serve steering"):
        make_video(settings)


def test_a_picture_that_is_none_is_named(recording: Path) -> None:
    broken = sorted((recording / "IMG").iterdir())[3]
    broken.write_bytes(b"no picture")
    with pytest.raises(VideoError, match=broken.name):
        make_video(VideoSettings(recording=recording))


@pytest.mark.parametrize("encoder", ["h264", "opencv"])
def test_a_film_that_cannot_be_written_is_explained(
    recording: Path, monkeypatch: pytest.MonkeyPatch, encoder: str
) -> None:
    if encoder == "h264":
        pytest.importorskip("imageio_ffmpeg")
    else:
        monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    (recording / "film.mp4").mkdir()
    with pytest.raises(VideoError, match=r"cannot write .*film\.mp4"):
        make_video(VideoSettings(recording=recording, output=recording / "film.mp4"))
