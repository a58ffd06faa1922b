"""What `predict detection` has of its own; the rest it shares with plates, and is tested there."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from concurrent import futures
from io import StringIO
from pathlib import Path

import cv2
import grpc
import numpy as np
import pytest

from cli.main import main
from protos.common.v1 import common_pb2
from protos.detection.v1 import detection_pb2, detection_pb2_grpc
from simulator_bridge.film import open_film
from vision.drawing import COLOURS

LABELS = ("car", "truck", "person")
BOXES = {"car": (20, 60, 120, 140), "person": (200, 80, 230, 170)}


class FakeDetection(detection_pb2_grpc.DetectionServiceServicer):
    """Finds a car and a person in every picture, or those of them that are asked for."""

    def __init__(self) -> None:
        self.requests: list[detection_pb2.DetectRequest] = []

    def Detect(  # noqa: N802
        self, request: detection_pb2.DetectRequest, context: grpc.ServicerContext
    ) -> detection_pb2.DetectResponse:
        self.requests.append(request)
        for label in request.labels:
            if label not in LABELS:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"labels: got {label}")
        reply = detection_pb2.DetectResponse(image_width=320, image_height=240)
        for label, (x_min, y_min, x_max, y_max) in BOXES.items():
            if not request.labels or label in request.labels:
                reply.detections.add(
                    box=common_pb2.BoundingBox(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max),
                    label=label,
                    class_id=LABELS.index(label),
                    score=0.875,
                )
        return reply


@pytest.fixture
def servicer() -> FakeDetection:
    return FakeDetection()


@pytest.fixture
def address(servicer: FakeDetection) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    detection_pb2_grpc.add_DetectionServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(0).wait()


@pytest.fixture
def road(tmp_path: Path) -> Path:
    path = tmp_path / "photos" / "road.png"
    path.parent.mkdir()
    cv2.imwrite(str(path), np.full((240, 320, 3), 30, np.uint8))
    return path


def predict(*words: str | Path) -> int:
    # However long a busy machine takes.
    return main(["predict", "detection", *map(str, words), "--timeout-s", "120"])


def test_json_and_csv_hold_every_object(
    address: str, road: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "seen"
    assert predict(road, "--address", address, "--output", seen, "--form", "csv") == 0
    (result,) = json.loads((seen / "detections.json").read_text())
    assert result["detections"] == [
        {"label": label, "score": 0.875, "box": list(box)} for label, box in BOXES.items()
    ]
    written = (seen / "detections.csv").read_text()
    assert capsys.readouterr().out == written
    rows = list(csv.DictReader(StringIO(written)))
    assert [row["label"] for row in rows] == ["car", "person"]
    assert [float(rows[1][side]) for side in ("x_min", "y_min", "x_max", "y_max")] == list(
        BOXES["person"]
    )
    # Only plates have crops.
    assert "crop" not in rows[0]
    assert not (seen / "crops").exists()


def test_each_class_is_drawn_in_its_colour(address: str, road: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    assert predict(road, "--address", address, "--output", seen) == 0
    drawn = cv2.imread(str(seen / "road.png"))
    assert drawn is not None
    assert tuple(drawn[140, 70]) == COLOURS[0]
    assert tuple(drawn[170, 215]) == COLOURS[2]


def test_what_is_asked_for_reaches_the_service(
    address: str, road: Path, tmp_path: Path, servicer: FakeDetection
) -> None:
    words = (road, "--address", address, "--output", tmp_path / "seen")
    assert predict(*words) == 0
    assert predict(
        *words, "--labels", "person,truck", "--score-threshold", "0.25", "--iou-threshold", "0.5",
        "--max-detections", "7",
    ) == 0  # fmt: skip
    plain, chosen = servicer.requests
    assert list(plain.labels) == []
    assert not plain.HasField("score_threshold")
    assert list(chosen.labels) == ["person", "truck"]
    assert (chosen.score_threshold, chosen.iou_threshold) == (0.25, 0.5)
    assert chosen.max_detections == 7
    (result,) = json.loads((tmp_path / "seen" / "detections.json").read_text())
    assert [found["label"] for found in result["detections"]] == ["person"]


def test_a_label_that_the_service_does_not_know_is_said(
    address: str, road: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (road, "--address", address, "--output", tmp_path / "seen", "--form", "json")
    assert predict(*words, "--labels", "lorry") == 1
    captured = capsys.readouterr()
    assert "labels: got lorry" in captured.out, captured.err


def test_a_video_is_looked_at_frame_by_frame(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = tmp_path / "videos" / "drive.mp4"
    with open_film(video, 320, 240, 12.0) as film:
        for _ in range(4):
            film.add(np.full((240, 320, 3), 30, np.uint8))
    seen = tmp_path / "seen"
    assert predict(video, "--address", address, "--output", seen) == 0
    results = json.loads((seen / "detections.json").read_text())
    assert [(result["frame"], len(result["detections"])) for result in results] == [
        (frame, 2) for frame in range(4)
    ]
    assert int(cv2.VideoCapture(str(seen / "drive.mp4")).get(cv2.CAP_PROP_FRAME_COUNT)) == 4
    assert " 8 " in capsys.readouterr().out


def test_without_a_service_it_says_how_to_start_one(
    road: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Port 1 is nobody's.
    assert predict(road, "--address", "127.0.0.1:1", "--output", tmp_path / "seen") == 1
    assert "roadsight serve detection" in capsys.readouterr().err
