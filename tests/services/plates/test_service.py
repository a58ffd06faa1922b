"""The plates contract over real gRPC: boxes, choices, crops, streams, what runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import cv2
import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from protos.endpoints import PLATES
from protos.plates.v1 import plates_pb2
from services.detector import network
from tests.services.scenes import ENCODED, boxes_of, png, scene

# Sizes of pictures, and a rectangle in each that lies in one quarter of the letterboxed input.
PLACES = {
    "as the input": ((128, 128), (10, 20, 50, 40)),
    "twice the input": ((256, 256), (140, 150, 200, 190)),
    "wide": ((300, 640), (40, 60, 200, 120)),
    "wide, lower right": ((300, 640), (380, 170, 600, 280)),
    "tall": ((640, 300), (160, 400, 280, 560)),
    "full HD": ((1080, 1920), (1200, 600, 1500, 700)),
    "smaller than the input": ((60, 90), (50, 35, 80, 55)),
    "at the edge": ((200, 400), (300, 120, 400, 200)),
}


@pytest.mark.parametrize("name", PLACES)
def test_boxes_are_in_pixels_of_the_sent_picture(
    start_plates: Callable, stub_to: Callable, name: str
) -> None:
    size, box = PLACES[name]
    sent = plates_pb2.DetectRequest(image=png(scene(size, (box, "red", 255))))
    reply = stub_to(start_plates()).Detect(sent, timeout=10)
    assert (reply.image_height, reply.image_width) == size
    (found,) = reply.detections
    # Half a pixel of the model's input, in pixels of the picture, and what smoothing adds.
    tolerance = 1.0 * max(1.0, max(size) / 128)
    np.testing.assert_allclose(boxes_of(reply)[0], box, atol=tolerance)
    assert (found.label, found.class_id) == ("plate", 0)
    assert found.score == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("encoding", ENCODED)
def test_colours_arrive_in_their_order(
    start_plates: Callable, stub_to: Callable, encoding: str
) -> None:
    # Large, because a JPEG stores colours at half the size.
    pixels = scene((512, 512), ((40, 40, 200, 120), "red", 255))
    sent = plates_pb2.DetectRequest(image=ENCODED[encoding](pixels))
    reply = stub_to(start_plates()).Detect(sent, timeout=10)
    assert [found.label for found in reply.detections] == ["plate"]
    np.testing.assert_allclose(boxes_of(reply)[0], (40, 40, 200, 120), atol=4)


RED, GREEN, DIM = (10, 10, 50, 50), (70, 10, 120, 50), (10, 70, 50, 120)
SCENE = scene((128, 128), (RED, "red", 255), (GREEN, "green", 204), (DIM, "red", 160))


@pytest.mark.parametrize(
    ("changes", "labels", "scores"),
    [
        # The model's own: from 0.6, overlap 0.45.
        ({}, ["plate", "sign", "plate"], [1.0, 0.8, 0.627]),
        ({"score_threshold": 0.7}, ["plate", "sign"], [1.0, 0.8]),
        ({"score_threshold": 1.0}, ["plate"], [1.0]),
        ({"labels": ["sign"]}, ["sign"], [0.8]),
        ({"labels": ["plate"]}, ["plate", "plate"], [1.0, 0.627]),
        ({"labels": ["plate", "sign", "plate"]}, ["plate", "sign", "plate"], [1.0, 0.8, 0.627]),
        ({"max_detections": 1}, ["plate"], [1.0]),
        ({"max_detections": 1000}, ["plate", "sign", "plate"], [1.0, 0.8, 0.627]),
        # The same again, a pixel further and with half the score: nothing is suppressed at 1.
        (
            {"iou_threshold": 1.0, "score_threshold": 0.35},
            ["plate", "sign", "plate", "plate", "sign"],
            [1.0, 0.8, 0.627, 0.5, 0.4],
        ),
        ({"iou_threshold": 0.0, "score_threshold": 0.35}, ["plate", "sign", "plate"], None),
    ],
)
def test_each_request_chooses(
    start_plates: Callable,
    stub_to: Callable,
    changes: dict,
    labels: list[str],
    scores: list[float] | None,
) -> None:
    reply = stub_to(start_plates()).Detect(
        plates_pb2.DetectRequest(image=png(SCENE), **changes), timeout=10
    )
    assert [found.label for found in reply.detections] == labels
    if scores is not None:
        np.testing.assert_allclose([found.score for found in reply.detections], scores, atol=0.001)


def test_a_picture_without_plates(start_plates: Callable, stub_to: Callable) -> None:
    sent = plates_pb2.DetectRequest(image=png(scene((100, 200)), "empty"), with_crops=True)
    sent.image.captured_at.FromDatetime(datetime(2026, 1, 2, tzinfo=UTC))
    reply = stub_to(start_plates()).Detect(sent, timeout=10)
    assert (list(reply.detections), list(reply.crops)) == ([], [])
    assert (reply.frame_id, reply.image_width, reply.image_height) == ("empty", 200, 100)
    assert reply.captured_at.ToDatetime(UTC) == datetime(2026, 1, 2, tzinfo=UTC)
    timing = reply.timing
    assert min(timing.decode_ms, timing.preprocess_ms, timing.inference_ms) > 0
    assert timing.postprocess_ms > 0


def test_what_lies_in_the_bars_is_not_in_the_picture(
    start_plates: Callable, stub_to: Callable
) -> None:
    # The threshold 0 asks for all anchors: those without an object have a box of the whole quarter
    # or an empty one, in the bars too.
    reply = stub_to(start_plates()).Detect(
        plates_pb2.DetectRequest(
            image=png(scene((64, 640), ((20, 10, 100, 50), "red", 255))), score_threshold=0.0
        ),
        timeout=10,
    )
    for x_min, y_min, x_max, y_max in boxes_of(reply):
        assert 0 <= x_min < x_max <= 640
        assert 0 <= y_min < y_max <= 64


def test_crops_come_in_the_order_of_the_detections(
    start_plates: Callable, stub_to: Callable
) -> None:
    pixels = scene(
        (512, 512), ((40, 40, 200, 120), "red", 255), ((300, 300, 400, 420), "green", 220)
    )
    reply = stub_to(start_plates()).Detect(
        plates_pb2.DetectRequest(image=png(pixels), with_crops=True), timeout=10
    )
    assert len(reply.crops) == len(reply.detections) == 2
    for crop, box, channel in zip(
        reply.crops, [(40, 40, 200, 120), (300, 300, 400, 420)], (2, 1), strict=True
    ):
        picture = cv2.imdecode(np.frombuffer(crop.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        expected = (box[3] - box[1], box[2] - box[0])
        np.testing.assert_allclose(picture.shape[:2], expected, atol=6)
        assert picture[5:-5, 5:-5, channel].min() > 180
        x_min, y_min, x_max, y_max = box
        np.testing.assert_allclose(
            [(point.x, point.y) for point in crop.corners],
            [(x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max)],
            atol=4,
        )
        assert crop.straightened


def test_no_crops_unless_asked_for(start_plates: Callable, stub_to: Callable) -> None:
    reply = stub_to(start_plates()).Detect(plates_pb2.DetectRequest(image=png(SCENE)), timeout=10)
    assert reply.detections
    assert not reply.crops


def test_a_stream_answers_in_order_and_each_request_chooses(
    start_plates: Callable, stub_to: Callable
) -> None:
    requests = [
        plates_pb2.DetectRequest(image=png(SCENE, str(number)), max_detections=1 + number % 3)
        for number in range(30)
    ]
    replies = list(stub_to(start_plates()).DetectStream(iter(requests), timeout=20))
    assert [reply.frame_id for reply in replies] == [str(number) for number in range(30)]
    assert [len(reply.detections) for reply in replies] == [1 + number % 3 for number in range(30)]


def test_model_info_says_what_is_served(start_plates: Callable, stub_to: Callable) -> None:
    request = plates_pb2.GetModelInfoRequest()
    info = stub_to(start_plates()).GetModelInfo(request, timeout=10).model_info
    assert (info.task, info.name, info.version) == ("plates", "toy", "5")
    assert list(info.labels) == ["plate", "sign"]
    assert (info.input_width, info.input_height) == (128, 128)
    assert info.execution_provider == "CPUExecutionProvider"
    assert info.precision == "float32"


def test_health_and_reflection(start_plates: Callable) -> None:
    with grpc.insecure_channel(start_plates().address) as channel:
        check = health_pb2.HealthCheckRequest(service=PLATES.grpc_service)
        status = health_pb2_grpc.HealthStub(channel).Check(check, timeout=10).status
        assert status == health_pb2.HealthCheckResponse.SERVING
        assert PLATES.grpc_service in ProtoReflectionDescriptorDatabase(channel).get_services()


def test_a_full_queue_a_deadline_and_draining(
    start_plates: Callable, stub_to: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, opened = threading.Semaphore(0), threading.Event()
    detect = network.DetectorNetwork.detect

    def held(self, *arguments):
        entered.release()
        opened.wait()
        return detect(self, *arguments)

    monkeypatch.setattr(network.DetectorNetwork, "detect", held)
    service = start_plates(workers=1, queue_limit=2)
    stub = stub_to(service)
    request = plates_pb2.DetectRequest(image=png(SCENE))
    first = stub.Detect.future(request, timeout=20)
    entered.acquire()
    with pytest.raises(grpc.RpcError) as late:
        stub.Detect(request, timeout=0.05)
    assert late.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    waiting = [stub.Detect.future(request, timeout=20) for _ in range(3)]
    codes = set()
    while grpc.StatusCode.RESOURCE_EXHAUSTED not in codes:
        codes = {call.code() for call in waiting if call.done()}
    ending = threading.Thread(target=service.stop)
    ending.start()
    opened.set()
    assert len(first.result().detections) == 3
    ending.join()


def test_an_answer_that_is_not_finite_is_an_internal_error(
    start_plates: Callable, stub_to: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = stub_to(start_plates())
    run = network.ModelSession.run

    def broken(self, batch):
        boxes, scores = run(self, batch)
        return [boxes, np.full_like(scores, np.nan)]

    monkeypatch.setattr(network.ModelSession, "run", broken)
    with pytest.raises(grpc.RpcError) as caught:
        stub.Detect(plates_pb2.DetectRequest(image=png(SCENE)), timeout=10)
    assert caught.value.code() == grpc.StatusCode.INTERNAL
    assert "finite" not in caught.value.details()
