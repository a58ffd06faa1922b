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
import numpy.typing as npt
import pytest

from cli.main import main
from protos.common.v1 import common_pb2
from protos.limits import MAX_IMAGE_BYTES, MAX_MESSAGE_BYTES
from protos.plates.v1 import plates_pb2, plates_pb2_grpc
from simulator_bridge.film import open_film

SIZE = (240, 320)


def scene(*lefts: int) -> npt.NDArray[np.uint8]:
    """A dark picture with a white plate of 60 x 30 pixels at each of some columns."""
    pixels = np.full((*SIZE, 3), 25, np.uint8)
    for left in lefts:
        pixels[100:130, left : left + 60] = 255
    return pixels


class FakePlates(plates_pb2_grpc.PlateServiceServicer):
    """Finds what is white; refuses what is no picture; fails if it is the picture's wish."""

    def __init__(self) -> None:
        self.requests: list[plates_pb2.DetectRequest] = []

    def Detect(  # noqa: N802
        self, request: plates_pb2.DetectRequest, context: grpc.ServicerContext
    ) -> plates_pb2.DetectResponse:
        self.requests.append(request)
        sent = request.image
        if sent.encoding == common_pb2.BGR8:
            pixels = np.frombuffer(sent.data, np.uint8)
            image: npt.NDArray = pixels.reshape(sent.height, sent.width, 3)
        elif sent.data.startswith((b"\xff\xd8", b"\x89PNG")):
            decoded = cv2.imdecode(np.frombuffer(sent.data, np.uint8), cv2.IMREAD_COLOR)
            assert decoded is not None
            image = decoded
        else:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "expected a JPEG or PNG")
        if image.max() < 10:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "too dark")
        white = (image.min(axis=2) > 170).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(white)
        reply = plates_pb2.DetectResponse(image_width=image.shape[1], image_height=image.shape[0])
        for index in range(1, count):
            x, y, width, height, area = stats[index].tolist()
            if area < 500:
                continue
            box = common_pb2.BoundingBox(x_min=x, y_min=y, x_max=x + width, y_max=y + height)
            reply.detections.add(box=box, label="plate", score=0.875)
            if request.with_crops:
                crop = cv2.imencode(".jpg", image[y : y + height, x : x + width])[1].tobytes()
                reply.crops.add(jpeg=crop, straightened=True)
        return reply


@pytest.fixture
def servicer() -> FakePlates:
    return FakePlates()


@pytest.fixture
def address(servicer: FakePlates) -> Iterator[str]:
    limit = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)]
    server = grpc.server(futures.ThreadPoolExecutor(2), options=limit)
    plates_pb2_grpc.add_PlateServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(0).wait()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = tmp_path / "photos"
    pictures.mkdir()
    cv2.imwrite(str(pictures / "two.jpg"), scene(40, 200))
    cv2.imwrite(str(pictures / "one.png"), scene(120))
    cv2.imwrite(str(pictures / "none.JPG"), scene())
    (pictures / "notes.txt").write_text("no picture")
    return pictures


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "videos" / "drive.mp4"
    with open_film(path, SIZE[1], SIZE[0], 12.0) as film:
        for frame in range(6):
            film.add(scene(*([40 + 20 * frame] if frame != 3 else [])))
    return path


def predict(*words: str | Path) -> int:
    return main(["predict", "plates", *map(str, words)])


def test_json_and_csv_files_hold_every_plate(address: str, folder: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    assert predict(folder, "--address", address, "--output", seen) == 0
    results = json.loads((seen / "detections.json").read_text())
    names = [Path(result["picture"]).name for result in results]
    assert names == ["none.JPG", "one.png", "two.jpg"]
    assert [len(result["detections"]) for result in results] == [0, 1, 2]
    assert (results[1]["width"], results[1]["height"]) == (320, 240)
    (found,) = results[1]["detections"]
    assert found == {"label": "plate", "score": 0.875, "box": [120, 100, 180, 130]}
    with (seen / "detections.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["picture"]).name for row in rows] == ["one.png", "two.jpg", "two.jpg"]
    assert [float(rows[0][side]) for side in ("x_min", "y_min", "x_max", "y_max")] == [
        120, 100, 180, 130,
    ]  # fmt: skip
    assert (rows[0]["frame"], rows[0]["crop"]) == ("", "")


def test_plates_are_drawn_into_copies(address: str, folder: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    before = (folder / "one.png").read_bytes()
    assert predict(folder, "--address", address, "--output", seen) == 0
    assert (folder / "one.png").read_bytes() == before
    drawn = cv2.imread(str(seen / "one.png"))
    assert drawn is not None
    changed = (drawn != scene(120)).any(axis=2)
    assert changed[100, 120:181].all()
    assert changed[100:131, 180].all()
    assert not changed[150:].any()
    # Nothing was found in this one, and its copy says so.
    nothing = cv2.imread(str(seen / "none.JPG"))
    assert nothing is not None
    assert np.abs(nothing.astype(int) - 25).max() < 10


def test_crops_are_files_that_are_named_in_the_lists(
    address: str, folder: Path, tmp_path: Path, servicer: FakePlates
) -> None:
    seen = tmp_path / "seen"
    assert predict(folder / "two.jpg", "--address", address, "--output", seen, "--crops") == 0
    (result,) = json.loads((seen / "detections.json").read_text())
    names = [found["crop"] for found in result["detections"]]
    assert names == ["crops/two.jpg.1.jpg", "crops/two.jpg.2.jpg"]
    for name in names:
        crop = cv2.imread(str(seen / name))
        assert crop is not None
        assert crop.shape[:2] == pytest.approx((30, 60), abs=2)
    assert servicer.requests[0].with_crops


def test_a_video_is_looked_at_frame_by_frame(
    address: str, video: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "seen"
    assert predict(video, "--address", address, "--output", seen) == 0
    results = json.loads((seen / "detections.json").read_text())
    assert [result["frame"] for result in results] == list(range(6))
    assert [len(result["detections"]) for result in results] == [1, 1, 1, 0, 1, 1]
    lefts = [result["detections"][0]["box"][0] for result in results if result["detections"]]
    np.testing.assert_allclose(lefts, [40, 60, 80, 120, 140], atol=3)
    film = cv2.VideoCapture(str(seen / "drive.mp4"))
    assert film.get(cv2.CAP_PROP_FPS) == pytest.approx(12.0)
    frames = []
    while (read := film.read())[0]:
        frames.append(read[1])
    assert len(frames) == 6
    assert frames[0].shape == (*SIZE, 3)
    # The box is green, and was not before; in frame 3 there is none.
    greenness = [int((f[..., 1].astype(int) - f[..., 2] > 60).sum()) for f in frames]
    assert greenness[3] == 0
    assert min(greenness[:3]) > 20
    table = capsys.readouterr().out
    assert "drive.mp4" in table
    assert " 6 " in table
    assert " 5 " in table


def test_what_is_asked_for_reaches_the_service(
    address: str, folder: Path, tmp_path: Path, servicer: FakePlates
) -> None:
    words = ("--address", address, "--output", tmp_path / "seen")
    assert predict(folder / "one.png", *words) == 0
    assert predict(
        folder / "one.png", *words,
        "--score-threshold", "0", "--iou-threshold", "0.25", "--max-detections", "7",
    ) == 0  # fmt: skip
    plain, chosen = servicer.requests
    for field in ("score_threshold", "iou_threshold", "max_detections"):
        assert not plain.HasField(field)
    assert chosen.HasField("score_threshold")
    assert (chosen.score_threshold, chosen.iou_threshold) == (0, 0.25)
    assert chosen.max_detections == 7
    assert not chosen.with_crops


def test_printed_json_and_csv(
    address: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (folder, "--address", address, "--output", tmp_path / "seen", "--form")
    assert predict(*words, "json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [len(json.loads(line)["detections"]) for line in lines] == [0, 1, 2]
    assert predict(*words, "csv") == 0
    rows = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    assert [row["score"] for row in rows] == ["0.8750"] * 3


def test_files_that_cannot_be_read_are_reported_and_the_others_go_on(
    address: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "aa.jpg").write_bytes(b"not a picture")
    (folder / "broken.mp4").write_bytes(b"not a video")
    seen = tmp_path / "seen"
    assert predict(folder, "--address", address, "--output", seen) == 1
    table = capsys.readouterr().out
    assert "expected a JPEG or PNG" in table
    assert "no frame of this video can be read" in table
    results = json.loads((seen / "detections.json").read_text())
    assert [Path(result["picture"]).name for result in results if "error" in result] == [
        "aa.jpg",
        "broken.mp4",
    ]
    assert (seen / "two.jpg").exists()
    assert not (seen / "aa.jpg").exists()
    assert not (seen / "broken.mp4").exists()
    assert predict(folder, "--address", address, "--output", seen, "--form", "csv") == 1
    assert "aa.jpg: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["nowhere.jpg"], (1, "nowhere.jpg: no such file or folder")),
        (["empty"], (1, "empty: no .jpg, .jpeg, .png, .mp4")),
        (["photos", "--output", "photos"], (1, "the pictures themselves are in there")),
        (["photos", "photos"], (1, "two of the pictures are called none.JPG")),
        (["a.avi", "a.mp4"], (1, "two of the pictures are called a.mp4")),
        (["photos", "--score-threshold", "1.5"], (2, "--score-threshold: expected")),
        (["photos", "--max-detections", "0"], (2, "--max-detections: expected")),
        (["photos", "--form", "xml"], (2, "--form: expected")),
        ([], (2, "PICTURES")),
    ],
)
def test_what_cannot_be_done_is_said(
    words: list[str],
    expected: tuple[int, str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder.parent)
    Path("empty").mkdir()
    for name in ("a.avi", "a.mp4"):
        Path(name).write_bytes(b"")
    code, message = expected
    assert predict(*words) == code
    assert message in capsys.readouterr().err
    assert not Path("runs").exists()


def test_without_a_service_it_says_how_to_start_one(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Port 1 is nobody's.
    assert predict(folder, "--address", "127.0.0.1:1", "--output", tmp_path / "seen") == 1
    error = capsys.readouterr().err
    assert "127.0.0.1:1" in error
    assert "roadsight serve plates" in error
    assert "--with-service" in error


def test_a_frame_that_is_refused_ends_its_video_only(
    address: str, folder: Path, video: Path, tmp_path: Path
) -> None:
    dark = tmp_path / "dark.mp4"
    with open_film(dark, SIZE[1], SIZE[0], 12.0) as film:
        for frame in (scene(40), np.zeros((*SIZE, 3), np.uint8), scene(40)):
            film.add(frame)
    seen = tmp_path / "seen"
    assert predict(dark, video, "--address", address, "--output", seen) == 1
    results = json.loads((seen / "detections.json").read_text())
    assert [(Path(result["picture"]).name, result["frame"]) for result in results] == [
        ("dark.mp4", 0),
        ("dark.mp4", 1),
        *(("drive.mp4", frame) for frame in range(6)),
    ]
    assert results[1]["error"].endswith("too dark")
    assert (seen / "drive.mp4").exists()


def test_pictures_larger_than_a_service_takes_are_sent_smaller(
    address: str, tmp_path: Path, servicer: FakePlates
) -> None:
    pixels = np.random.default_rng(0).integers(0, 150, (1700, 2200, 3), dtype=np.uint8)
    pixels[400:500, 300:600] = 255
    cv2.imwrite(str(tmp_path / "large.png"), pixels)
    (tmp_path / "huge.jpg").write_bytes(bytes(MAX_IMAGE_BYTES + 1))
    (tmp_path / "empty.jpg").write_bytes(b"")
    assert (tmp_path / "large.png").stat().st_size > MAX_IMAGE_BYTES
    seen = tmp_path / "seen"
    assert predict(tmp_path, "--address", address, "--output", seen) == 1
    empty, huge, large = json.loads((seen / "detections.json").read_text())
    assert "expected a JPEG or PNG" in empty["error"]
    assert huge["error"] == f"larger than {MAX_IMAGE_BYTES} bytes"
    (found,) = large["detections"]
    np.testing.assert_allclose(found["box"], [300, 400, 600, 500], atol=3)
    assert len(servicer.requests[-1].image.data) <= MAX_IMAGE_BYTES
