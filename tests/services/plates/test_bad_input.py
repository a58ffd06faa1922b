"""Bad requests over real gRPC: the right status, a message that helps, and the next is served.

What is wrong with a picture itself is the runtime's to say, and tested with the steering service.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import grpc
import numpy as np
import pytest

from protos.common.v1 import common_pb2
from protos.plates.v1 import plates_pb2

JPEG = cv2.imencode(".jpg", np.full((120, 160, 3), 90, np.uint8))[1].tobytes()
NAN, INFINITE = float("nan"), float("inf")

BAD = {
    "score below 0": ({"score_threshold": -0.1}, "score_threshold: expected a number from 0 to 1"),
    "score above 1": ({"score_threshold": 1.01}, "got 1.01"),
    "score in percent": ({"score_threshold": 25}, "from 0 to 1, got 25"),
    "score not a number": ({"score_threshold": NAN}, "score_threshold: expected a number"),
    "score without an end": ({"score_threshold": INFINITE}, "got inf"),
    "overlap below 0": ({"iou_threshold": -1}, "iou_threshold: expected a number from 0 to 1"),
    "overlap above 1": ({"iou_threshold": 45}, "got 45"),
    "overlap not a number": ({"iou_threshold": NAN}, "iou_threshold: expected a number"),
    "no detections": ({"max_detections": 0}, "expected a number from 1 to 1000, got 0"),
    "too many detections": ({"max_detections": 1001}, "from 1 to 1000, got 1001"),
    "far too many": ({"max_detections": 2**32 - 1}, "got 4294967295"),
    "unknown label": ({"labels": ["plate", "car"]}, "expected some of plate, sign, got 'car'"),
    "label in other letters": ({"labels": ["Plate"]}, "expected some of plate, sign, got 'Plate'"),
    "empty label": ({"labels": [""]}, "expected some of plate, sign, got ''"),
    "endless label": ({"labels": ["x" * 10_000]}, "x" * 100 + "'"),
    "no picture": ({"image": None}, "image.data: expected a picture"),
    "text": ({"image": common_pb2.Image(data=b"no picture")}, "expected a complete JPEG or PNG"),
    "truncated": ({"image": common_pb2.Image(data=JPEG[:300])}, "cut short"),
    "too small": (
        {"image": common_pb2.Image(data=bytes(75), encoding=common_pb2.RGB8, width=5, height=5)},
        "at least 16 x 16 pixels, got 5 x 5",
    ),
    "raw of another size": (
        {"image": common_pb2.Image(data=bytes(9), encoding=common_pb2.BGR8, width=99, height=99)},
        "should be 29403 bytes, got 9",
    ),
    "endless frame_id": (
        {"image": common_pb2.Image(data=JPEG, frame_id="x" * 300)},
        "at most 256 characters, got 300",
    ),
}


def request(**changes: object) -> plates_pb2.DetectRequest:
    return plates_pb2.DetectRequest(**{"image": common_pb2.Image(data=JPEG), **changes})


@pytest.mark.parametrize("name", BAD)
def test_bad_request(start_plates: Callable, stub_to: Callable, name: str) -> None:
    changes, words = BAD[name]
    stub = stub_to(start_plates())
    with pytest.raises(grpc.RpcError) as caught:
        stub.Detect(request(**changes), timeout=10)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert words in caught.value.details()
    assert len(caught.value.details()) < 300
    # The next good one is served.
    assert stub.Detect(request(), timeout=10).image_width == 160


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_the_ends_of_the_ranges_are_good(
    start_plates: Callable, stub_to: Callable, value: float
) -> None:
    stub = stub_to(start_plates())
    for count in (1, 1000):
        sent = request(score_threshold=value, iou_threshold=value, max_detections=count)
        assert len(stub.Detect(sent, timeout=10).detections) <= count


def test_a_bad_request_ends_a_stream_with_its_status(
    start_plates: Callable, stub_to: Callable
) -> None:
    sent = [request(), request(score_threshold=2), request()]
    replies = stub_to(start_plates()).DetectStream(iter(sent), timeout=10)
    assert next(replies).image_width == 160
    with pytest.raises(grpc.RpcError) as caught:
        next(replies)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "score_threshold" in caught.value.details()
