"""What `predict segmentation` has of its own; what it shares is tested with plates."""

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
from protos.segmentation.v1 import segmentation_pb2, segmentation_pb2_grpc
from simulator_bridge.film import open_film
from vision.class_map import to_png

LABELS = ("sky", "road")
PALETTE = ((0, 0, 255), (255, 255, 0))


class FakeSegmentation(segmentation_pb2_grpc.SegmentationServiceServicer):
    """Takes the lower quarter of every picture for road, and what lies above for sky."""

    def __init__(self) -> None:
        self.requests: list[segmentation_pb2.SegmentRequest] = []

    def Segment(  # noqa: N802
        self, request: segmentation_pb2.SegmentRequest, context: grpc.ServicerContext
    ) -> segmentation_pb2.SegmentResponse:
        self.requests.append(request)
        width, height = request.image.width, request.image.height
        if not width:
            image = cv2.imdecode(np.frombuffer(request.image.data, np.uint8), cv2.IMREAD_COLOR)
            if image is None:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "expected a picture")
            assert image is not None
            height, width = image.shape[:2]
        class_map = np.zeros((height, width), np.uint8)
        class_map[height * 3 // 4 :] = 1
        reply = segmentation_pb2.SegmentResponse(
            class_map_png=to_png(class_map),
            labels=LABELS,
            image_width=width,
            image_height=height,
            frame_id=request.image.frame_id,
        )
        for class_id, share in enumerate((0.75, 0.25)):
            reply.shares.add(class_id=class_id, label=LABELS[class_id], share=share)
        if request.drivable_area:
            corners = ((0, height * 3 // 4), (width - 1, height * 3 // 4), (0, height - 1))
            points = [segmentation_pb2.Point(x=x, y=y) for x, y in corners]
            reply.drivable_area.add(points=points, share=0.25)
        return reply

    def GetModelInfo(  # noqa: N802
        self, request: segmentation_pb2.GetModelInfoRequest, context: grpc.ServicerContext
    ) -> segmentation_pb2.GetModelInfoResponse:
        reply = segmentation_pb2.GetModelInfoResponse(
            model_info=common_pb2.ModelInfo(labels=LABELS)
        )
        for class_id, (red, green, blue) in enumerate(PALETTE):
            reply.classes.add(
                class_id=class_id, label=LABELS[class_id], red=red, green=green, blue=blue
            )
        return reply


@pytest.fixture
def servicer() -> FakeSegmentation:
    return FakeSegmentation()


@pytest.fixture
def address(servicer: FakeSegmentation) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    segmentation_pb2_grpc.add_SegmentationServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(0).wait()


@pytest.fixture
def road(tmp_path: Path) -> Path:
    path = tmp_path / "pictures" / "road.png"
    path.parent.mkdir()
    cv2.imwrite(str(path), np.full((160, 200, 3), 100, np.uint8))
    return path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "videos" / "drive.mp4"
    with open_film(path, 320, 240, 12.0) as film:
        for _ in range(4):
            film.add(np.full((240, 320, 3), 30, np.uint8))
    return path


def predict(*words: str | Path) -> int:
    return main(["predict", "segmentation", *map(str, words)])


def test_colours_are_laid_over_the_picture_and_explained(
    address: str, road: Path, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    words = (road, "--address", address, "--output", seen)
    assert predict(*words, "--opacity", "1") == 0
    drawn = cv2.imread(str(seen / "road.png"))
    assert drawn is not None
    assert drawn.shape == (160, 200, 3)
    assert tuple(drawn[60, 100]) == (255, 0, 0)  # blue, as OpenCV has it
    assert tuple(drawn[150, 100]) == (0, 255, 255)
    explained = cv2.imread(str(seen / "legend.png"))
    assert explained is not None
    for blue, green, red in ((255, 0, 0), (0, 255, 255)):
        assert (explained == (blue, green, red)).all(axis=2).sum() > 200
    # Half of it by default.
    assert predict(*words) == 0
    drawn = cv2.imread(str(seen / "road.png"))
    assert drawn is not None
    np.testing.assert_allclose(drawn[60, 100], (178, 50, 50), atol=1)


def test_the_class_map_is_written_as_it_came(address: str, road: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    words = (road, "--address", address, "--output", seen)
    assert predict(*words, "--class-maps", "nothing") == 0
    assert not (seen / "class_maps").exists()
    assert predict(*words) == 0
    (result,) = json.loads((seen / "segmentation.json").read_text())
    class_map = cv2.imread(str(seen / result["class_map"]), cv2.IMREAD_UNCHANGED)
    assert class_map is not None
    assert class_map.shape == (160, 200)
    assert (class_map[:120] == 0).all()
    assert (class_map[120:] == 1).all()


def test_pictures_that_differ_in_their_ending_have_a_class_map_each(
    address: str, road: Path, tmp_path: Path
) -> None:
    cv2.imwrite(str(road.with_suffix(".jpg")), np.zeros((40, 50, 3), np.uint8))
    seen = tmp_path / "seen"
    assert predict(road.parent, "--address", address, "--output", seen) == 0
    results = json.loads((seen / "segmentation.json").read_text())
    assert [result["class_map"] for result in results] == [
        "class_maps/road.png",
        "class_maps/road.png.png",
    ]
    sizes = [cv2.imread(str(seen / result["class_map"]), 0) for result in results]
    assert [size.shape for size in sizes] == [(40, 50), (160, 200)]


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_shares_are_printed_and_written(
    address: str, road: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    seen = tmp_path / "seen"
    assert predict(road, "--address", address, "--output", seen, "--form", form) == 0
    out = capsys.readouterr().out
    if form == "table":
        assert "sky 75%, road 25%" in out
    elif form == "json":
        printed = json.loads(out)
        assert printed["shares"] == {"sky": 0.75, "road": 0.25}
        assert (printed["width"], printed["height"]) == (200, 160)
        assert "drivable_area" not in printed
        assert json.loads((seen / "segmentation.json").read_text()) == [printed]
    else:
        rows = list(csv.DictReader(StringIO(out)))
        assert [(row["label"], float(row["share"])) for row in rows] == [
            ("sky", 0.75),
            ("road", 0.25),
        ]
        assert (seen / "segmentation.csv").read_text() == out


def test_the_drivable_area_is_drawn_and_told(
    address: str, road: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "seen"
    words = (road, "--address", address, "--output", seen, "--form", "json", "--opacity", "0")
    assert predict(*words, "--drivable-area") == 0
    (area,) = json.loads(capsys.readouterr().out)["drivable_area"]
    assert area == {"points": [[0, 120], [199, 120], [0, 159]], "holes": [], "share": 0.25}
    drawn = cv2.imread(str(seen / "road.png"))
    assert drawn is not None
    assert drawn[120, 100].min() > 220
    assert tuple(drawn[60, 100]) == (100, 100, 100)


def test_what_is_asked_for_reaches_the_service(
    address: str, road: Path, tmp_path: Path, servicer: FakeSegmentation
) -> None:
    words = (road, "--address", address, "--output", tmp_path / "seen")
    assert predict(*words) == 0
    assert predict(*words, "--min-confidence", "0.5", "--drivable-area") == 0
    plain, chosen = servicer.requests
    assert (plain.drivable_area, plain.HasField("min_confidence")) == (False, False)
    assert (chosen.drivable_area, chosen.min_confidence) == (True, 0.5)
    # The colours are laid over it here: nothing is sent that is not needed.
    assert not plain.overlay
    assert plain.image.frame_id == "road.png"


@pytest.mark.parametrize(("class_maps", "written"), [("pictures", 0), ("all", 4)])
def test_a_video_becomes_a_video_with_the_colours_over_it(
    address: str, video: Path, tmp_path: Path, class_maps: str, written: int
) -> None:
    seen = tmp_path / "seen"
    words = (video, "--address", address, "--output", seen, "--opacity", "1")
    assert predict(*words, "--class-maps", class_maps) == 0
    capture = cv2.VideoCapture(str(seen / "drive.mp4"))
    assert int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) == 4
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(12.0)
    read, frame = capture.read()
    assert read
    # Videos lose a little colour.
    np.testing.assert_allclose(frame[60, 160], (255, 0, 0), atol=12)
    np.testing.assert_allclose(frame[220, 160], (0, 255, 255), atol=12)
    results = json.loads((seen / "segmentation.json").read_text())
    assert [result["frame"] for result in results] == list(range(4))
    assert len(list(seen.glob("class_maps/*.png"))) == written


def test_a_folder_in_which_one_picture_is_none(
    address: str, road: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (road.parent / "broken.jpg").write_bytes(b"not a picture")
    seen = tmp_path / "seen"
    assert predict(road.parent, "--address", address, "--output", seen, "--form", "json") == 1
    broken, good = map(json.loads, capsys.readouterr().out.splitlines())
    assert "expected a picture" in broken["error"]
    assert good["shares"]["road"] == 0.25


def test_a_picture_that_would_overwrite_the_legend_is_named(
    address: str, road: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = road.rename(road.with_name("legend.png"))
    assert predict(taken, "--address", address, "--output", tmp_path / "seen") == 1
    assert "is written for another purpose" in capsys.readouterr().err


def test_without_a_service_it_says_how_to_start_one(
    road: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Port 1 is nobody's.
    assert predict(road, "--address", "127.0.0.1:1", "--output", tmp_path / "seen") == 1
    assert "roadsight serve segmentation" in capsys.readouterr().err
