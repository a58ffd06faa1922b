"""The detection contract over real gRPC, with a model that chooses inside its graph.

What it shares with the plates service (pictures, queue, deadline, draining) is tested there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from protos.common.v1 import common_pb2
from protos.detection.v1 import detection_pb2
from protos.endpoints import DETECTION
from services.detector import network
from tests.services.scenes import ENCODED, boxes_of, png, scene

RED, GREEN, DIM = (10, 10, 50, 50), (70, 10, 120, 50), (10, 70, 50, 120)
SCENE = scene((128, 128), (RED, "red", 255), (GREEN, "green", 204), (DIM, "red", 160))


@pytest.mark.parametrize("encoding", ENCODED)
def test_boxes_are_in_pixels_of_the_sent_picture(
    start_detection: Callable, stub_to: Callable, encoding: str
) -> None:
    # 512 x 1024 lies in the middle of a letterbox, at an eighth of its size.
    pixels = scene(
        (512, 1024), ((80, 40, 400, 200), "red", 255), ((560, 320, 960, 480), "red", 230)
    )
    sent = detection_pb2.DetectRequest(image=ENCODED[encoding](pixels))
    reply = stub_to(start_detection()).Detect(sent, timeout=10)
    assert (reply.image_width, reply.image_height) == (1024, 512)
    assert [found.label for found in reply.detections] == ["car", "car"]
    np.testing.assert_allclose(boxes_of(reply), [(80, 40, 400, 200), (560, 320, 960, 480)], atol=9)


@pytest.mark.parametrize(
    ("changes", "labels", "scores"),
    [
        # The model's own: from 0.6, overlap 0.45, the best 10.
        ({}, ["car", "person", "car"], [1.0, 0.8, 0.627]),
        ({"score_threshold": 0.7}, ["car", "person"], [1.0, 0.8]),
        ({"score_threshold": 1.0}, ["car"], [1.0]),
        ({"labels": ["person"]}, ["person"], [0.8]),
        ({"labels": ["car"]}, ["car", "car"], [1.0, 0.627]),
        ({"labels": ["person", "car"]}, ["car", "person", "car"], [1.0, 0.8, 0.627]),
        ({"max_detections": 1}, ["car"], [1.0]),
        ({"max_detections": 2}, ["car", "person"], [1.0, 0.8]),
        ({"max_detections": 1000}, ["car", "person", "car"], [1.0, 0.8, 0.627]),
        # The best person is not the best of all: the count is that of the wanted ones.
        ({"labels": ["person"], "max_detections": 1}, ["person"], [0.8]),
        # The same again, a pixel further and with half the score: nothing is suppressed at 1.
        (
            {"iou_threshold": 1.0, "score_threshold": 0.35},
            ["car", "person", "car", "car", "person"],
            [1.0, 0.8, 0.627, 0.5, 0.4],
        ),
        (
            {"iou_threshold": 1.0, "score_threshold": 0.35, "labels": ["person"]},
            ["person", "person"],
            [0.8, 0.4],
        ),
        (
            {"iou_threshold": 0.0, "score_threshold": 0.35},
            ["car", "person", "car"],
            [1.0, 0.8, 0.627],
        ),
    ],
)
def test_each_request_chooses(
    start_detection: Callable,
    stub_to: Callable,
    changes: dict,
    labels: list[str],
    scores: list[float],
) -> None:
    reply = stub_to(start_detection()).Detect(
        detection_pb2.DetectRequest(image=png(SCENE), **changes), timeout=10
    )
    assert [found.label for found in reply.detections] == labels
    assert [found.class_id for found in reply.detections] == [
        ["car", "person"].index(label) for label in labels
    ]
    np.testing.assert_allclose([found.score for found in reply.detections], scores, atol=0.001)


def test_nothing_then_many_then_nothing(start_detection: Callable, stub_to: Callable) -> None:
    stub = stub_to(start_detection())
    nothing = detection_pb2.DetectRequest(image=png(scene((100, 200)), "empty"))
    nothing.image.captured_at.FromDatetime(datetime(2026, 1, 2, tzinfo=UTC))
    many = detection_pb2.DetectRequest(image=png(SCENE, "many"), score_threshold=0.3)
    for request, count in ((nothing, 0), (many, 3), (nothing, 0)):
        reply = stub.Detect(request, timeout=10)
        assert len(reply.detections) == count
        assert reply.frame_id == request.image.frame_id
        timing = reply.timing
        stages = timing.decode_ms, timing.preprocess_ms, timing.inference_ms, timing.postprocess_ms
        assert min(stages) > 0
    assert (reply.image_width, reply.image_height) == (200, 100)
    assert reply.captured_at.ToDatetime(UTC) == datetime(2026, 1, 2, tzinfo=UTC)


def test_a_stream_answers_in_order_and_each_request_chooses(
    start_detection: Callable, stub_to: Callable
) -> None:
    requests = [
        detection_pb2.DetectRequest(image=png(SCENE, str(number)), max_detections=1 + number % 3)
        for number in range(30)
    ]
    replies = list(stub_to(start_detection()).DetectStream(iter(requests), timeout=20))
    assert [reply.frame_id for reply in replies] == [str(number) for number in range(30)]
    assert [len(reply.detections) for reply in replies] == [1 + number % 3 for number in range(30)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"score_threshold": 1.01}, "score_threshold: expected a number from 0 to 1, got 1.01"),
        ({"iou_threshold": float("nan")}, "iou_threshold: expected a number from 0 to 1, got nan"),
        ({"max_detections": 0}, "max_detections: expected a number from 1 to 1000, got 0"),
        ({"max_detections": 1001}, "got 1001"),
        ({"labels": ["plate"]}, "labels: expected some of car, person, got 'plate'"),
        ({"image": None}, "image.data: expected a picture"),
        ({"image": common_pb2.Image(data=b"no picture")}, "expected a complete JPEG or PNG"),
    ],
)
def test_bad_requests_are_refused_and_the_next_is_served(
    start_detection: Callable, stub_to: Callable, changes: dict, words: str
) -> None:
    stub = stub_to(start_detection())
    fields = {"image": png(SCENE), **changes}
    with pytest.raises(grpc.RpcError) as caught:
        stub.Detect(detection_pb2.DetectRequest(**fields), timeout=10)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert words in caught.value.details()
    assert stub.Detect(detection_pb2.DetectRequest(image=png(SCENE)), timeout=10).detections


@pytest.mark.parametrize("answer", [("scores", np.nan), ("labels", 2), ("labels", -1)])
def test_an_answer_that_cannot_be_used_is_an_internal_error(
    start_detection: Callable,
    stub_to: Callable,
    monkeypatch: pytest.MonkeyPatch,
    answer: tuple[str, float],
) -> None:
    stub = stub_to(start_detection())
    run = network.ModelSession.run

    def broken(self, batch, **optional):
        answers = dict(
            zip(("boxes", "labels", "scores"), run(self, batch, **optional), strict=True)
        )
        answers[answer[0]] = np.full_like(answers[answer[0]], answer[1])
        return list(answers.values())

    monkeypatch.setattr(network.ModelSession, "run", broken)
    with pytest.raises(grpc.RpcError) as caught:
        stub.Detect(detection_pb2.DetectRequest(image=png(SCENE)), timeout=10)
    assert caught.value.code() == grpc.StatusCode.INTERNAL
    assert caught.value.details() == "internal error; the service's log says more"


def test_model_info_health_and_reflection(start_detection: Callable, stub_to: Callable) -> None:
    service = start_detection()
    request = detection_pb2.GetModelInfoRequest()
    info = stub_to(service).GetModelInfo(request, timeout=10).model_info
    assert (info.task, info.name, info.version) == ("detection", "toy", "5")
    assert list(info.labels) == ["car", "person"]
    assert (info.input_width, info.input_height) == (128, 128)
    assert (info.execution_provider, info.precision) == ("CPUExecutionProvider", "float32")
    with grpc.insecure_channel(service.address) as channel:
        check = health_pb2.HealthCheckRequest(service=DETECTION.grpc_service)
        status = health_pb2_grpc.HealthStub(channel).Check(check, timeout=10).status
        assert status == health_pb2.HealthCheckResponse.SERVING
        assert DETECTION.grpc_service in ProtoReflectionDescriptorDatabase(channel).get_services()
