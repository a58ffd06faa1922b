from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from client import (
    AsyncDetectionClient,
    AsyncPlateClient,
    AsyncSteeringClient,
    Choice,
    DeadlineExceeded,
    Detection,
    DetectionClient,
    InvalidRequest,
    PlateClient,
    ServiceBusy,
    ServiceError,
    ServiceUnavailable,
    SteeringClient,
    wait_until_serving,
)
from client.images import to_message
from protos.common.v1 import common_pb2
from protos.detection.v1 import detection_pb2, detection_pb2_grpc
from protos.endpoints import DETECTION, PLATES, STEERING
from protos.plates.v1 import plates_pb2, plates_pb2_grpc
from protos.steering.v1 import steering_pb2, steering_pb2_grpc

CODES = {
    b"bad": grpc.StatusCode.INVALID_ARGUMENT,
    b"busy": grpc.StatusCode.RESOURCE_EXHAUSTED,
    b"late": grpc.StatusCode.DEADLINE_EXCEEDED,
    b"draining": grpc.StatusCode.UNAVAILABLE,
    b"broken": grpc.StatusCode.INTERNAL,
}


class ScriptedServicer(steering_pb2_grpc.SteeringServiceServicer):
    """Answers what the picture's bytes ask for."""

    def Predict(self, request, context):  # noqa: N802
        if request.image.data in CODES:
            context.abort(CODES[request.image.data], f"the picture says {request.image.data!r}")
        assert context.time_remaining() < 60
        return steering_pb2.PredictResponse(
            steering=0.25,
            frame_id=request.image.frame_id,
            timing=common_pb2.Timing(inference_ms=1.5),
            speed_mph=12.5,
        )

    def PredictStream(self, requests, context):  # noqa: N802
        for request in requests:
            yield self.Predict(request, context)

    def GetModelInfo(self, request, context):  # noqa: N802
        return steering_pb2.GetModelInfoResponse(
            model_info=common_pb2.ModelInfo(name="toy", labels=["steering"], input_width=200)
        )


class ScriptedDetector:
    """Answers with what the request asked for, as one detection."""

    messages = detection_pb2

    def Detect(self, request, context):  # noqa: N802
        if request.image.data in CODES:
            context.abort(CODES[request.image.data], f"the picture says {request.image.data!r}")
        assert context.time_remaining() < 60
        fields = ("score_threshold", "iou_threshold", "max_detections")
        sent = [str(getattr(request, name)) for name in fields if request.HasField(name)]
        found = common_pb2.Detection(
            box=common_pb2.BoundingBox(x_min=1, y_min=2, x_max=3, y_max=4),
            label=" ".join([*sent, *request.labels]),
            class_id=6,
            score=0.5,
        )
        return self.messages.DetectResponse(
            detections=[found],
            image_width=640,
            image_height=480,
            frame_id=request.image.frame_id,
            timing=common_pb2.Timing(inference_ms=1.5),
        )

    def DetectStream(self, requests, context):  # noqa: N802
        for request in requests:
            yield self.Detect(request, context)

    def GetModelInfo(self, request, context):  # noqa: N802
        return self.messages.GetModelInfoResponse(
            model_info=common_pb2.ModelInfo(task="detection", labels=["car"], precision="float32")
        )


class ScriptedPlateServicer(ScriptedDetector):
    """The same, with a crop if one is wanted."""

    messages = plates_pb2

    def Detect(self, request, context):  # noqa: N802
        reply = super().Detect(request, context)
        if request.with_crops:
            corners = [plates_pb2.Point(x=number, y=-number) for number in range(4)]
            reply.crops.add(jpeg=b"crop", corners=corners, straightened=True)
        return reply

    def GetModelInfo(self, request, context):  # noqa: N802
        return plates_pb2.GetModelInfoResponse(
            model_info=common_pb2.ModelInfo(task="plates", labels=["plate"], precision="int8")
        )


@pytest.fixture
def address() -> Iterator[str]:
    server = grpc.server(ThreadPoolExecutor(4))
    steering_pb2_grpc.add_SteeringServiceServicer_to_server(ScriptedServicer(), server)
    plates_pb2_grpc.add_PlateServiceServicer_to_server(ScriptedPlateServicer(), server)
    detection_pb2_grpc.add_DetectionServiceServicer_to_server(ScriptedDetector(), server)
    servicer = health.HealthServicer()
    servicer.set(STEERING.grpc_service, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


def test_sync(address: str) -> None:
    with SteeringClient(address) as client:
        prediction = client.predict(b"picture", frame_id="7")
        assert (prediction.steering, prediction.frame_id) == (0.25, "7")
        assert prediction.timing.inference_ms == pytest.approx(1.5)
        assert (prediction.speed_mph, prediction.throttle) == (12.5, None)
        assert client.model_info().labels == ("steering",)


ERRORS = [
    (b"bad", InvalidRequest),
    (b"busy", ServiceBusy),
    (b"late", DeadlineExceeded),
    (b"draining", ServiceUnavailable),
    (b"broken", ServiceError),
]


@pytest.mark.parametrize(("picture", "kind"), ERRORS)
def test_errors_are_typed(address: str, picture: bytes, kind: type[ServiceError]) -> None:
    with SteeringClient(address) as client, pytest.raises(kind) as caught:
        client.predict(picture)
    assert type(caught.value) is kind
    assert caught.value.code == CODES[picture]
    assert str(caught.value) == f"{address}: the picture says {picture!r}"


def test_asyncio(address: str) -> None:
    async def pictures() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"picture"

    async def go() -> None:
        async with AsyncSteeringClient(address) as client:
            assert (await client.predict(b"picture", "9")).frame_id == "9"
            with pytest.raises(ServiceBusy):
                await client.predict(b"busy")
            angles = [p.steering async for p in client.predict_stream(pictures(), timeout_s=10)]
            assert angles == [0.25, 0.25, 0.25]
            assert (await client.model_info()).input_width == 200

    asyncio.run(go())


CHOICE = Choice(0.5, 0.25, 7, ("plate", "sign"), with_crops=True)


def test_plates_sync(address: str) -> None:
    with PlateClient(address) as client:
        reply = client.detect(b"picture", "7", CHOICE)
        assert reply.detections == (Detection(1, 2, 3, 4, "0.5 0.25 7 plate sign", 6, 0.5),)
        assert (reply.image_width, reply.image_height, reply.frame_id) == (640, 480, "7")
        assert reply.timing.inference_ms == pytest.approx(1.5)
        (crop,) = reply.crops
        assert (crop.jpeg, crop.straightened) == (b"crop", True)
        assert list(crop.corners) == [(0, 0), (1, -1), (2, -2), (3, -3)]
        info = client.model_info()
        assert (info.task, info.labels, info.precision) == ("plates", ("plate",), "int8")


def test_what_is_left_out_is_left_to_the_model(address: str) -> None:
    with PlateClient(address) as client:
        reply = client.detect(b"picture")
        assert reply.detections[0].label == ""
        assert reply.crops == ()
        # 0 is a threshold, and not the same as none.
        assert client.detect(b"picture", choice=Choice(0.0)).detections[0].label == "0.0"


def test_a_stream_of_plates_sync(address: str) -> None:
    with PlateClient(address) as client:
        stream = client.detect_stream([b"picture"] * 3, timeout_s=10, choice=CHOICE)
        assert [len(reply.crops) for reply in stream] == [1, 1, 1]
        broken = client.detect_stream([b"picture", b"bad", b"picture"], timeout_s=10)
        assert next(broken).image_width == 640
        with pytest.raises(InvalidRequest, match="the picture says b'bad'"):
            next(broken)


def test_a_stream_that_is_left_half_way_is_closed(address: str) -> None:
    taken = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield b"picture"

    with PlateClient(address) as client:
        stream = client.detect_stream(endless(), timeout_s=50)
        assert next(stream).image_width == 640
        stream.close()
        # The connection is still good.
        assert client.detect(b"picture").image_width == 640
    assert taken


@pytest.mark.parametrize(("picture", "kind"), ERRORS)
def test_errors_of_plates_are_typed(address: str, picture: bytes, kind: type[ServiceError]) -> None:
    with PlateClient(address) as client, pytest.raises(kind) as caught:
        client.detect(picture)
    assert type(caught.value) is kind
    assert caught.value.code == CODES[picture]


def test_plates_asyncio(address: str) -> None:
    async def pictures() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"picture"

    async def go() -> None:
        async with AsyncPlateClient(address) as client:
            assert (await client.detect(b"picture", "9")).frame_id == "9"
            with pytest.raises(ServiceBusy):
                await client.detect(b"busy")
            replies = [r async for r in client.detect_stream(pictures(), 10, CHOICE)]
            assert [len(reply.crops) for reply in replies] == [1, 1, 1]
            assert (await client.model_info()).task == "plates"

    asyncio.run(go())


OBJECTS = Choice(0.5, 0.25, 7, ("car", "bus"))


def test_detection_sync(address: str) -> None:
    with DetectionClient(address) as client:
        reply = client.detect(b"picture", "7", OBJECTS)
        assert reply.detections == (Detection(1, 2, 3, 4, "0.5 0.25 7 car bus", 6, 0.5),)
        assert (reply.image_width, reply.image_height, reply.frame_id) == (640, 480, "7")
        assert reply.timing.inference_ms == pytest.approx(1.5)
        assert client.detect(b"picture").detections[0].label == ""
        replies = list(client.detect_stream([b"picture"] * 3, timeout_s=10, choice=OBJECTS))
        assert [reply.detections[0].label for reply in replies] == ["0.5 0.25 7 car bus"] * 3
        info = client.model_info()
        assert (info.task, info.labels, info.precision) == ("detection", ("car",), "float32")


@pytest.mark.parametrize(("picture", "kind"), ERRORS)
def test_errors_of_detection_are_typed(
    address: str, picture: bytes, kind: type[ServiceError]
) -> None:
    with DetectionClient(address) as client, pytest.raises(kind) as caught:
        client.detect(picture)
    assert type(caught.value) is kind
    assert caught.value.code == CODES[picture]


def test_detection_has_no_crops(address: str) -> None:
    with (
        DetectionClient(address) as client,
        pytest.raises(ValueError, match=r"with_crops: .* only plates have"),
    ):
        client.detect(b"picture", choice=CHOICE)


def test_detection_asyncio(address: str) -> None:
    async def pictures() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"picture"

    async def go() -> None:
        async with AsyncDetectionClient(address) as client:
            assert (await client.detect(b"picture", "9")).frame_id == "9"
            with pytest.raises(InvalidRequest):
                await client.detect(b"bad")
            replies = [r async for r in client.detect_stream(pictures(), 10, OBJECTS)]
            assert [reply.detections[0].score for reply in replies] == [0.5, 0.5, 0.5]
            assert (await client.model_info()).task == "detection"

    asyncio.run(go())


def test_nothing_listens(free_port: int) -> None:
    address = f"127.0.0.1:{free_port}"
    with SteeringClient(address, timeout_s=5) as client, pytest.raises(ServiceUnavailable):
        client.predict(b"picture")
    with pytest.raises(ServiceUnavailable, match="roadsight serve steering"):
        wait_until_serving(address, STEERING, timeout_s=0.1)
    with pytest.raises(ServiceUnavailable, match="roadsight serve plates"):
        wait_until_serving(address, PLATES, timeout_s=0.1)
    with pytest.raises(ServiceUnavailable, match="roadsight serve detection"):
        wait_until_serving(address, DETECTION, timeout_s=0.1)


def test_wait_until_serving(address: str) -> None:
    wait_until_serving(address, STEERING, timeout_s=30)


def test_pictures_become_messages() -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    taken = datetime(2026, 5, 6, tzinfo=UTC)
    message = to_message(pixels, "id", taken)
    assert (message.width, message.height, message.encoding) == (3, 2, common_pb2.BGR8)
    assert message.data == bytes(range(18))
    assert message.captured_at.ToDatetime(UTC) == taken
    assert to_message(b"file").encoding == common_pb2.ENCODING_UNSPECIFIED
    with pytest.raises(ValueError, match=r"float64 of shape \(2, 2\)"):
        to_message(np.zeros((2, 2)))  # type: ignore[arg-type]
