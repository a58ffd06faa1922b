"""The segmentation contract over real gRPC, with a model that goes by colour.

What is wrong with a picture itself is tested with the steering service.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import grpc
import numpy as np
import numpy.typing as npt
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from protos.common.v1 import common_pb2
from protos.endpoints import SEGMENTATION
from protos.segmentation.v1 import segmentation_pb2
from services.segmentation import network
from tests.services.scenes import ENCODED, png
from tests.services.toy_segmentation import (
    BACKGROUND,
    CAR,
    HEIGHT,
    PALETTE,
    ROAD,
    SPEC,
    WIDTH,
    build_segmenter,
    road_scene,
)
from vision.class_map import IGNORED

SIZES = {
    "the model's": (HEIGHT, WIDTH),
    "larger": (400, 560),
    "wide": (120, 1000),
    "high": (700, 90),
    "smaller": (31, 40),
    "smallest": (16, 16),
}


def class_map_of(reply: segmentation_pb2.SegmentResponse) -> npt.NDArray[np.uint8]:
    png_file = np.frombuffer(reply.class_map_png, np.uint8)
    class_map = cv2.imdecode(png_file, cv2.IMREAD_UNCHANGED)
    assert class_map is not None
    assert class_map.dtype == np.uint8
    return np.asarray(class_map, np.uint8)


def same_share(found: npt.NDArray, truth: npt.NDArray) -> float:
    return float((found == truth).mean())


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("fit", ["letterbox", "stretch"])
def test_the_class_map_has_the_sent_pictures_size(
    start_segmentation: Callable,
    stub_to: Callable,
    tmp_path: Path,
    size: tuple[int, int],
    fit: str,
) -> None:
    metadata = replace(SPEC, fit=fit).to_metadata()
    model = build_segmenter(tmp_path / "model.onnx", metadata)
    pixels, truth = road_scene(*size)
    reply = stub_to(start_segmentation(model=model)).Segment(
        segmentation_pb2.SegmentRequest(image=png(pixels)), timeout=10
    )
    class_map = class_map_of(reply)
    assert class_map.shape == size == (reply.image_height, reply.image_width)
    # At an edge a pixel of the input, which may be 11 of the picture, is either.
    at_edge = 0 if size == (HEIGHT, WIDTH) else 0.11
    assert same_share(class_map, truth) >= 1 - at_edge
    assert list(reply.labels) == ["background", "road", "car"]
    assert [(share.class_id, share.label) for share in reply.shares] == [
        (0, "background"),
        (1, "road"),
        (2, "car"),
    ]
    counts = np.bincount(class_map.ravel(), minlength=3)
    np.testing.assert_allclose([s.share for s in reply.shares], counts / counts.sum(), atol=1e-6)
    assert reply.overlay_jpeg == b""
    assert len(reply.drivable_area) == 0


@pytest.mark.parametrize("encoding", ENCODED)
def test_every_encoding(start_segmentation: Callable, stub_to: Callable, encoding: str) -> None:
    pixels, truth = road_scene(160, 192)
    sent = segmentation_pb2.SegmentRequest(image=ENCODED[encoding](pixels))
    reply = stub_to(start_segmentation()).Segment(sent, timeout=10)
    assert same_share(class_map_of(reply), truth) > 0.97


def test_a_picture_with_an_orientation_is_answered_upright(
    start_segmentation: Callable, stub_to: Callable
) -> None:
    from tests.services.steering.test_bad_input import exif_rotated_jpeg

    image = common_pb2.Image(data=exif_rotated_jpeg())
    reply = stub_to(start_segmentation()).Segment(
        segmentation_pb2.SegmentRequest(image=image), timeout=10
    )
    assert class_map_of(reply).shape == (320, 160) == (reply.image_height, reply.image_width)


def test_an_overlay_shows_the_palette_over_the_picture(
    start_segmentation: Callable, stub_to: Callable
) -> None:
    stub = stub_to(start_segmentation())
    pixels, truth = road_scene(160, 192)
    for opacity in (None, 0.0, 1.0):
        request = segmentation_pb2.SegmentRequest(
            image=png(pixels), overlay=True, overlay_opacity=opacity
        )
        jpeg = np.frombuffer(stub.Segment(request, timeout=10).overlay_jpeg, np.uint8)
        drawn = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
        assert drawn is not None
        colours = np.array(PALETTE, np.float32)[truth][:, :, ::-1]
        share = 0.5 if opacity is None else opacity
        expected = pixels * (1 - share) + colours * share
        # In the middle of each area: JPEG smears colours at edges.
        for x, y in ((96, 20), (40, 140), (144, 120)):
            np.testing.assert_allclose(drawn[y, x], expected[y, x], atol=12)


def test_the_drivable_area_goes_around_the_car(
    start_segmentation: Callable, stub_to: Callable
) -> None:
    pixels, truth = road_scene(320, 384)
    request = segmentation_pb2.SegmentRequest(image=png(pixels), drivable_area=True)
    (area,) = stub_to(start_segmentation()).Segment(request, timeout=10).drivable_area
    (hole,) = area.holes
    mask = np.zeros(truth.shape, np.uint8)
    cv2.fillPoly(mask, [np.array([(point.x, point.y) for point in area.points])], [1])
    cv2.fillPoly(mask, [np.array([(point.x, point.y) for point in hole.points])], [0])
    road = truth == ROAD
    assert (road & (mask > 0)).sum() / (road | (mask > 0)).sum() > 0.95
    assert area.share == pytest.approx(road.mean(), abs=0.01)


def test_no_road_no_drivable_area(start_segmentation: Callable, stub_to: Callable) -> None:
    dark = np.full((100, 100, 3), 20, np.uint8)
    request = segmentation_pb2.SegmentRequest(image=png(dark), drivable_area=True)
    reply = stub_to(start_segmentation()).Segment(request, timeout=10)
    assert len(reply.drivable_area) == 0
    assert [share.share for share in reply.shares] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("min_confidence", "classes"),
    # Background is sure to 100 / 255, the car to 0.8, the road to 1.
    [
        (None, {BACKGROUND, ROAD, CAR}),
        (0.0, {BACKGROUND, ROAD, CAR}),
        (0.39, {BACKGROUND, ROAD, CAR}),
        (0.4, {IGNORED, ROAD, CAR}),
        (0.81, {IGNORED, ROAD}),
        (1.0, {IGNORED, ROAD}),
    ],
)
def test_pixels_of_which_the_model_is_not_sure_have_no_class(
    start_segmentation: Callable,
    stub_to: Callable,
    min_confidence: float | None,
    classes: set[int],
) -> None:
    pixels, truth = road_scene(HEIGHT, WIDTH)
    request = segmentation_pb2.SegmentRequest(
        image=png(pixels), min_confidence=min_confidence, overlay=True, overlay_opacity=1.0
    )
    reply = stub_to(start_segmentation()).Segment(request, timeout=10)
    class_map = class_map_of(reply)
    assert set(np.unique(class_map).tolist()) == classes
    has_class = class_map != IGNORED
    np.testing.assert_array_equal(class_map[has_class], truth[has_class])
    assert sum(share.share for share in reply.shares) == pytest.approx(has_class.mean())
    # Without a class the picture itself is seen.
    drawn = cv2.imdecode(np.frombuffer(reply.overlay_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    sky = PALETTE[BACKGROUND] if BACKGROUND in classes else (20, 20, 20)
    np.testing.assert_allclose(drawn[5, 5], sky, atol=8)


def test_what_was_sent_comes_back_with_the_time_it_took(
    start_segmentation: Callable, stub_to: Callable
) -> None:
    request = segmentation_pb2.SegmentRequest(image=png(road_scene(100, 200)[0], "first"))
    request.image.captured_at.FromDatetime(datetime(2026, 1, 2, tzinfo=UTC))
    reply = stub_to(start_segmentation()).Segment(request, timeout=10)
    assert reply.frame_id == "first"
    assert reply.captured_at.ToDatetime(UTC) == datetime(2026, 1, 2, tzinfo=UTC)
    timing = reply.timing
    stages = timing.decode_ms, timing.preprocess_ms, timing.inference_ms, timing.postprocess_ms
    assert min(stages) > 0


def test_a_stream_answers_in_order_and_each_request_chooses(
    start_segmentation: Callable, stub_to: Callable
) -> None:
    requests = [
        segmentation_pb2.SegmentRequest(
            image=png(road_scene(40 + number, 60)[0], str(number)), drivable_area=number % 2 == 0
        )
        for number in range(20)
    ]
    replies = list(stub_to(start_segmentation()).SegmentStream(iter(requests), timeout=20))
    assert [reply.frame_id for reply in replies] == [str(number) for number in range(20)]
    assert [reply.image_height for reply in replies] == list(range(40, 60))
    assert [bool(reply.drivable_area) for reply in replies] == [True, False] * 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"min_confidence": 1.01}, "min_confidence: expected a number from 0 to 1, got 1.01"),
        ({"min_confidence": float("nan")}, "min_confidence: expected a number from 0 to 1"),
        ({"overlay_opacity": -0.5}, "overlay_opacity: expected a number from 0 to 1, got -0.5"),
        ({"image": None}, "image.data: expected a picture"),
        ({"image": common_pb2.Image(data=b"no picture")}, "expected a complete JPEG or PNG"),
    ],
)
def test_bad_requests_are_refused_and_the_next_is_served(
    start_segmentation: Callable, stub_to: Callable, changes: dict, words: str
) -> None:
    stub = stub_to(start_segmentation())
    fields = {"image": png(road_scene(50, 50)[0]), **changes}
    with pytest.raises(grpc.RpcError) as caught:
        stub.Segment(segmentation_pb2.SegmentRequest(**fields), timeout=10)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert words in caught.value.details()
    good = segmentation_pb2.SegmentRequest(image=png(road_scene(50, 50)[0]))
    assert stub.Segment(good, timeout=10).class_map_png


def test_a_bad_request_ends_a_stream_with_its_status(
    start_segmentation: Callable, stub_to: Callable
) -> None:
    good = segmentation_pb2.SegmentRequest(image=png(road_scene(50, 50)[0]))
    bad = segmentation_pb2.SegmentRequest(image=good.image, min_confidence=2)
    replies = stub_to(start_segmentation()).SegmentStream(iter([good, bad, good]), timeout=10)
    assert next(replies).class_map_png
    with pytest.raises(grpc.RpcError) as caught:
        next(replies)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_model_that_names_nothing_to_drive_on_has_no_drivable_area(
    start_segmentation: Callable, stub_to: Callable, tmp_path: Path
) -> None:
    assert SPEC.segmenter is not None
    spec = replace(SPEC, segmenter=replace(SPEC.segmenter, drivable=()))
    model = build_segmenter(tmp_path / "model.onnx", spec.to_metadata())
    stub = stub_to(start_segmentation(model=model))
    image = png(road_scene(50, 50)[0])
    with pytest.raises(grpc.RpcError) as caught:
        stub.Segment(segmentation_pb2.SegmentRequest(image=image, drivable_area=True), timeout=10)
    assert caught.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert "does not say which of its classes may be driven on" in caught.value.details()
    assert stub.Segment(segmentation_pb2.SegmentRequest(image=image), timeout=10).class_map_png


@pytest.mark.parametrize(("output", "value"), [(0, 3), (0, 254), (1, np.nan), (1, np.inf)])
def test_an_answer_that_cannot_be_used_is_an_internal_error(
    start_segmentation: Callable,
    stub_to: Callable,
    monkeypatch: pytest.MonkeyPatch,
    output: int,
    value: float,
) -> None:
    stub = stub_to(start_segmentation())
    run = network.ModelSession.run

    def broken(self, batch):
        answers = run(self, batch)
        answers[output][0, 40, 5] = value
        return answers

    monkeypatch.setattr(network.ModelSession, "run", broken)
    request = segmentation_pb2.SegmentRequest(image=png(road_scene(HEIGHT, WIDTH)[0]))
    with pytest.raises(grpc.RpcError) as caught:
        stub.Segment(request, timeout=10)
    assert caught.value.code() == grpc.StatusCode.INTERNAL
    assert caught.value.details() == "internal error; the service's log says more"


def test_a_full_queue_a_deadline_and_draining(
    start_segmentation: Callable, stub_to: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, opened = threading.Semaphore(0), threading.Event()
    segment = network.SegmentationNetwork.segment

    def held(self, *arguments):
        entered.release()
        opened.wait()
        return segment(self, *arguments)

    monkeypatch.setattr(network.SegmentationNetwork, "segment", held)
    service = start_segmentation(workers=1, queue_limit=2)
    stub = stub_to(service)
    request = segmentation_pb2.SegmentRequest(image=png(road_scene(50, 50)[0]))
    first = stub.Segment.future(request, timeout=20)
    entered.acquire()
    with pytest.raises(grpc.RpcError) as late:
        stub.Segment(request, timeout=0.05)
    assert late.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    waiting = [stub.Segment.future(request, timeout=20) for _ in range(3)]
    codes = set()
    while grpc.StatusCode.RESOURCE_EXHAUSTED not in codes:
        codes = {call.code() for call in waiting if call.done()}
    ending = threading.Thread(target=service.stop)
    ending.start()
    opened.set()
    assert first.result().class_map_png
    ending.join()


def test_model_info_health_and_reflection(start_segmentation: Callable, stub_to: Callable) -> None:
    service = start_segmentation()
    request = segmentation_pb2.GetModelInfoRequest()
    reply = stub_to(service).GetModelInfo(request, timeout=10)
    info = reply.model_info
    assert (info.task, info.name, info.version) == ("segmentation", "toy", "7")
    assert list(info.labels) == ["background", "road", "car"]
    assert (info.input_width, info.input_height) == (WIDTH, HEIGHT)
    assert (info.execution_provider, info.precision) == ("CPUExecutionProvider", "float32")
    assert [(c.class_id, c.label, c.drivable) for c in reply.classes] == [
        (0, "background", False),
        (1, "road", True),
        (2, "car", False),
    ]
    assert tuple((c.red, c.green, c.blue) for c in reply.classes) == PALETTE
    with grpc.insecure_channel(service.address) as channel:
        check = health_pb2.HealthCheckRequest(service=SEGMENTATION.grpc_service)
        status = health_pb2_grpc.HealthStub(channel).Check(check, timeout=10).status
        assert status == health_pb2.HealthCheckResponse.SERVING
        assert (
            SEGMENTATION.grpc_service in ProtoReflectionDescriptorDatabase(channel).get_services()
        )
