"""The clients of the segmentation service against one that answers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import grpc
import numpy as np
import pytest

from client import (
    AsyncSegmentationClient,
    DeadlineExceeded,
    InvalidRequest,
    Polygon,
    SegmentationChoice,
    SegmentationClass,
    SegmentationClient,
    ServiceBusy,
    ServiceError,
    ServiceUnavailable,
    wait_until_serving,
)
from protos.common.v1 import common_pb2
from protos.endpoints import SEGMENTATION
from protos.segmentation.v1 import segmentation_pb2, segmentation_pb2_grpc

CODES = {
    b"bad": grpc.StatusCode.INVALID_ARGUMENT,
    b"busy": grpc.StatusCode.RESOURCE_EXHAUSTED,
    b"late": grpc.StatusCode.DEADLINE_EXCEEDED,
    b"draining": grpc.StatusCode.UNAVAILABLE,
    b"no road": grpc.StatusCode.FAILED_PRECONDITION,
}
CLASS_MAP = np.array([[0, 1, 1], [255, 1, 0]], np.uint8)
PNG = cv2.imencode(".png", CLASS_MAP)[1].tobytes()


class ScriptedSegmenter(segmentation_pb2_grpc.SegmentationServiceServicer):
    """Answers with what the request asked for."""

    def Segment(self, request, context):  # noqa: N802
        if request.image.data in CODES:
            context.abort(CODES[request.image.data], f"the picture says {request.image.data!r}")
        assert context.time_remaining() < 60
        fields = ("overlay_opacity", "min_confidence")
        sent = [f"{getattr(request, name):g}" for name in fields if request.HasField(name)]
        reply = segmentation_pb2.SegmentResponse(
            class_map_png=b"none" if request.image.data == b"no map" else PNG,
            labels=["road", "sky"],
            shares=[
                segmentation_pb2.ClassShare(class_id=0, label="road", share=0.5),
                segmentation_pb2.ClassShare(class_id=1, label="sky", share=0.25),
            ],
            image_width=3,
            image_height=2,
            frame_id=" ".join([request.image.frame_id, *sent]),
            timing=common_pb2.Timing(inference_ms=1.5),
            overlay_jpeg=b"overlay" if request.overlay else b"",
        )
        if request.drivable_area:
            point = segmentation_pb2.Point
            reply.drivable_area.add(
                points=[point(x=0, y=0), point(x=9, y=0), point(x=9, y=5)],
                holes=[segmentation_pb2.Hole(points=[point(x=2, y=1), point(x=3, y=1)])],
                share=0.25,
            )
        return reply

    def SegmentStream(self, requests, context):  # noqa: N802
        for request in requests:
            yield self.Segment(request, context)

    def GetModelInfo(self, request, context):  # noqa: N802
        return segmentation_pb2.GetModelInfoResponse(
            model_info=common_pb2.ModelInfo(task="segmentation", labels=["road", "sky"]),
            classes=[
                segmentation_pb2.ClassInfo(
                    class_id=0, label="road", red=1, green=2, blue=3, drivable=True
                ),
                segmentation_pb2.ClassInfo(class_id=1, label="sky", blue=255),
            ],
        )


@pytest.fixture
def address() -> Iterator[str]:
    server = grpc.server(ThreadPoolExecutor(4))
    segmentation_pb2_grpc.add_SegmentationServiceServicer_to_server(ScriptedSegmenter(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


EVERYTHING = SegmentationChoice(
    overlay=True, overlay_opacity=0.25, drivable_area=True, min_confidence=0.5
)
CLASSES = (
    SegmentationClass(0, "road", (1, 2, 3), True),
    SegmentationClass(1, "sky", (0, 0, 255), False),
)


def test_sync(address: str) -> None:
    with SegmentationClient(address) as client:
        reply = client.segment(b"picture", "7", EVERYTHING)
        np.testing.assert_array_equal(reply.class_map, CLASS_MAP)
        assert reply.class_map_png == PNG
        assert reply.labels == ("road", "sky")
        assert reply.shares == {"road": 0.5, "sky": 0.25}
        assert (reply.image_width, reply.image_height) == (3, 2)
        assert reply.frame_id == "7 0.25 0.5"
        assert reply.overlay_jpeg == b"overlay"
        assert reply.drivable_area == (
            Polygon(((0, 0), (9, 0), (9, 5)), (((2, 1), (3, 1)),), 0.25),
        )
        assert reply.timing.inference_ms == pytest.approx(1.5)
        assert client.model_info().task == "segmentation"
        assert client.classes() == CLASSES


def test_only_the_class_map_unless_more_is_wanted(address: str) -> None:
    with SegmentationClient(address) as client:
        reply = client.segment(b"picture")
        assert (reply.overlay_jpeg, reply.drivable_area, reply.frame_id) == (b"", (), "")
        # 0 is an opacity, and not the same as none.
        none = client.segment(b"picture", choice=SegmentationChoice(overlay_opacity=0.0))
        assert none.frame_id == " 0"


def test_a_stream_sync(address: str) -> None:
    with SegmentationClient(address) as client:
        stream = client.segment_stream([b"picture"] * 3, timeout_s=10, choice=EVERYTHING)
        assert [len(reply.drivable_area) for reply in stream] == [1, 1, 1]
        broken = client.segment_stream([b"picture", b"bad", b"picture"], timeout_s=10)
        assert next(broken).image_width == 3
        with pytest.raises(InvalidRequest, match="the picture says b'bad'"):
            next(broken)


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (b"bad", InvalidRequest),
        (b"busy", ServiceBusy),
        (b"late", DeadlineExceeded),
        (b"draining", ServiceUnavailable),
        (b"no road", ServiceError),
    ],
)
def test_errors_are_typed(address: str, picture: bytes, kind: type[ServiceError]) -> None:
    with SegmentationClient(address) as client, pytest.raises(kind) as caught:
        client.segment(picture)
    assert type(caught.value) is kind
    assert caught.value.code == CODES[picture]


def test_a_class_map_that_is_none_is_refused(address: str) -> None:
    with SegmentationClient(address) as client:
        reply = client.segment(b"no map")
    with pytest.raises(ValueError, match=r"not a grey 8-bit PNG of \(2, 3\) pixels"):
        _ = reply.class_map


def test_asyncio(address: str) -> None:
    async def pictures() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"picture"

    async def go() -> None:
        async with AsyncSegmentationClient(address) as client:
            reply = await client.segment(b"picture", "9", EVERYTHING)
            assert reply.frame_id == "9 0.25 0.5"
            with pytest.raises(ServiceBusy):
                await client.segment(b"busy")
            replies = [r async for r in client.segment_stream(pictures(), 10, EVERYTHING)]
            assert [reply.overlay_jpeg for reply in replies] == [b"overlay"] * 3
            assert (await client.model_info()).labels == ("road", "sky")
            assert await client.classes() == CLASSES

    asyncio.run(go())


def test_nothing_listens(free_port: int) -> None:
    with pytest.raises(ServiceUnavailable, match="roadsight serve segmentation"):
        wait_until_serving(f"127.0.0.1:{free_port}", SEGMENTATION, timeout_s=0.1)
