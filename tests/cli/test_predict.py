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
from protos.steering.v1 import steering_pb2, steering_pb2_grpc

STEERING = -0.25


class FakeSteering(steering_pb2_grpc.SteeringServiceServicer):
    """Answers the same angle for every picture, and refuses what is no JPEG or PNG."""

    def Predict(  # noqa: N802
        self, request: steering_pb2.PredictRequest, context: grpc.ServicerContext
    ) -> steering_pb2.PredictResponse:
        if not request.image.data.startswith((b"\xff\xd8", b"\x89PNG")):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "expected a JPEG or PNG")
        return steering_pb2.PredictResponse(steering=STEERING, frame_id=request.image.frame_id)

    def Explain(  # noqa: N802
        self, request: steering_pb2.ExplainRequest, context: grpc.ServicerContext
    ) -> steering_pb2.ExplainResponse:
        image = cv2.imdecode(np.frombuffer(request.image.data, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        heat = np.zeros(image.shape[:2], np.uint8)
        red = np.zeros_like(image)
        red[:, :, 2] = 255
        return steering_pb2.ExplainResponse(
            steering=STEERING,
            heat_map_png=cv2.imencode(".png", heat)[1].tobytes(),
            overlay_jpeg=cv2.imencode(".jpg", red)[1].tobytes(),
        )


@pytest.fixture
def address() -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    steering_pb2_grpc.add_SteeringServiceServicer_to_server(FakeSteering(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(0).wait()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = tmp_path / "IMG"
    pictures.mkdir()
    for name in ("b.jpg", "a.PNG"):
        cv2.imwrite(str(pictures / name), np.full((160, 320, 3), 90, np.uint8))
    (pictures / "notes.txt").write_text("no picture")
    return pictures


def predict(*words: str | Path) -> int:
    return main(["predict", "steering", *map(str, words)])


def test_csv_has_a_row_for_each_picture_by_name(
    address: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predict(folder, "--address", address, "--form", "csv") == 0
    rows = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    assert [Path(row["picture"]).name for row in rows] == ["a.PNG", "b.jpg"]
    assert {float(row["steering"]) for row in rows} == {STEERING}
    assert {row["error"] for row in rows} == {""}


def test_json_is_one_object_a_line(
    address: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predict(folder / "b.jpg", "--address", address, "--form", "json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["steering"] == STEERING


def test_the_table_is_for_people(
    address: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predict(folder, "--address", address) == 0
    text = capsys.readouterr().out
    assert "-0.2500" in text
    assert "speed" not in text  # no row has one


def test_pictures_with_the_angle_drawn_in(address: str, folder: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    assert predict(folder, "--address", address, "--output", seen) == 0
    drawn = cv2.imread(str(seen / "b.jpg"))
    assert drawn is not None
    assert drawn.shape == (160, 320, 3)
    # An arrow from the middle of the lower edge; the angle is negative, so it points to the left.
    green = np.argwhere(drawn[:, :, 1].astype(int) - drawn[:, :, 2] > 100)
    arrow = green[green[:, 0] > 100]
    assert arrow[arrow[:, 0].argmin()][1] < 160


def test_heat_maps_are_drawn_into_the_overlay(address: str, folder: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    words = (folder / "b.jpg", "--address", address, "--output", seen, "--heat-map")
    assert predict(*words) == 0
    drawn = cv2.imread(str(seen / "b.jpg"))
    assert drawn is not None
    assert drawn[80, 10, 2] > 200  # the fake overlay is red


def test_a_refused_picture_is_a_row_and_the_others_go_on(
    address: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "aa.jpg").write_bytes(b"not a picture")
    assert predict(folder, "--address", address, "--form", "csv") == 1
    rows = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    assert ["expected a JPEG or PNG" in row["error"] for row in rows] == [False, True, False]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.jpg"], "nowhere.jpg: no such file or folder"),
        (["empty"], "empty: no .jpg, .jpeg or .png file in this folder"),
        (["IMG", "--heat-map"], "--heat-map needs --output"),
        (["IMG", "--output", "IMG"], "the pictures themselves are in there"),
        (["IMG", "IMG", "--output", "seen"], "two of the pictures are called a.PNG"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str],
    message: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder.parent)
    Path("empty").mkdir()
    assert predict(*words) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not Path("seen").exists()


def test_without_a_service_it_says_how_to_start_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Port 1 is nobody's.
    assert predict(folder, "--address", "127.0.0.1:1") == 1
    error = capsys.readouterr().err
    assert "127.0.0.1:1" in error
    assert "roadsight serve steering" in error
