"""Twenty-odd kinds of bad input over real gRPC: the right status, a message that helps, and the
next good request is served."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import cv2
import grpc
import numpy as np
import numpy.typing as npt
import PIL.Image
import pytest

from protos.common.v1 import common_pb2
from protos.limits import MAX_MESSAGE_BYTES
from protos.steering.v1 import steering_pb2, steering_pb2_grpc

Image = common_pb2.Image
INVALID = grpc.StatusCode.INVALID_ARGUMENT
ROAD = np.full((160, 320, 3), 90, dtype=np.uint8)
JPEG = cv2.imencode(".jpg", ROAD)[1].tobytes()
PNG = cv2.imencode(".png", ROAD)[1].tobytes()


def png_of(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG whose header claims a size, whatever its pixels are."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def jpeg_claiming(width: int, height: int) -> bytes:
    at = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:at] + struct.pack(">HH", height, width) + JPEG[at + 4 :]


def raw(
    data: bytes, width: int, height: int, encoding: common_pb2.Encoding = common_pb2.RGB8
) -> Image:
    return Image(data=data, encoding=encoding, width=width, height=height)


BAD = {
    "no image": (None, "got no bytes"),
    "empty": (Image(encoding=common_pb2.JPEG), "got no bytes"),
    "text": (Image(data=b"not a picture at all"), "expected a complete JPEG or PNG, got 20 bytes"),
    "gif": (Image(data=b"GIF89a" + bytes(50)), "got a GIF"),
    "truncated JPEG": (Image(data=JPEG[: len(JPEG) // 2]), "cut short"),
    "JPEG without its last bytes": (Image(data=JPEG[:-2]), "cut short"),
    "only a JPEG's start": (Image(data=JPEG[:3]), "cut short"),
    "truncated PNG": (Image(data=PNG[: len(PNG) // 2]), "cut short"),
    "only a PNG's signature": (Image(data=PNG[:8]), "without its header"),
    "PNG named JPEG": (
        Image(data=PNG, encoding=common_pb2.JPEG),
        "expected a JPEG as image.encoding says, got a PNG",
    ),
    "JPEG named PNG": (Image(data=JPEG, encoding=common_pb2.PNG), "got a JPEG"),
    "decompression bomb": (
        Image(data=png_of(30_000, 30_000, bytes(1_000_000))),
        "pixels, got 30000 x 30000",
    ),
    "20,000 x 20,000 in the header": (
        Image(data=jpeg_claiming(20_000, 20_000)),
        "pixels, got 20000 x 20000",
    ),
    "1 x 1": (
        Image(data=cv2.imencode(".png", ROAD[:1, :1])[1].tobytes()),
        "at least 16 x 16 pixels, got 1 x 1",
    ),
    "no height": (Image(data=jpeg_claiming(320, 0)), "at least 16 x 16 pixels, got 320 x 0"),
    "PNG with broken pixels": (Image(data=png_of(64, 64, b"\x09" * 70)), "contents are damaged"),
    "raw too short": (raw(bytes(100), 320, 160), "320 x 160 pixels should be 153600 bytes, got"),
    "raw too long": (raw(bytes(153_601), 320, 160), "should be 153600 bytes, got 153601"),
    "raw without a size": (raw(bytes(153_600), 0, 0), "at least 16 x 16 pixels, got 0 x 0"),
    "raw of four channels": (
        raw(bytes(320 * 160 * 4), 320, 160, common_pb2.BGR8),
        "BGR8 of 320 x 160 pixels should be 153600 bytes",
    ),
    "raw size that overflows": (raw(bytes(16), 2**31, 2**31), "pixels, got 2147483648"),
    "unknown encoding": (
        Image.FromString(Image(data=JPEG).SerializeToString() + b"\x10\x4d"),
        "expected JPEG, PNG, RGB8 or BGR8",
    ),
    "endless frame_id": (Image(data=JPEG, frame_id="x" * 257), "at most 256 characters, got 257"),
}


@pytest.fixture
def stub(start_service: Callable, stub_of: Callable) -> steering_pb2_grpc.SteeringServiceStub:
    return stub_of(start_service())


@pytest.mark.parametrize("name", BAD)
def test_bad_picture(stub: steering_pb2_grpc.SteeringServiceStub, name: str) -> None:
    image, words = BAD[name]
    with pytest.raises(grpc.RpcError) as caught:
        stub.Predict(steering_pb2.PredictRequest(image=image), timeout=10)
    assert caught.value.code() == INVALID
    assert words in caught.value.details()
    with pytest.raises(grpc.RpcError) as caught:
        stub.Explain(steering_pb2.ExplainRequest(image=image), timeout=10)
    assert caught.value.code() == INVALID
    good = steering_pb2.PredictRequest(image=Image(data=JPEG))
    assert np.isfinite(stub.Predict(good, timeout=10).steering)


def test_more_bytes_than_a_picture_may_have(start_service: Callable, stub_of: Callable) -> None:
    stub = stub_of(start_service(max_image_bytes=2048))
    with pytest.raises(grpc.RpcError) as caught:
        stub.Predict(steering_pb2.PredictRequest(image=Image(data=bytes(2049))), timeout=10)
    assert caught.value.code() == INVALID
    assert "at most 2048 bytes, got 2049" in caught.value.details()


def test_more_bytes_than_a_message_may_have(stub: steering_pb2_grpc.SteeringServiceStub) -> None:
    image = Image(data=bytes(MAX_MESSAGE_BYTES))
    with pytest.raises(grpc.RpcError) as caught:
        stub.Predict(steering_pb2.PredictRequest(image=image), timeout=10)
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    good = steering_pb2.PredictRequest(image=Image(data=JPEG))
    assert np.isfinite(stub.Predict(good, timeout=10).steering)


def encoded(extension: str, pixels: npt.NDArray, *parameters: int) -> bytes:
    return cv2.imencode(extension, pixels, list(parameters))[1].tobytes()


def cmyk_jpeg() -> bytes:
    out = io.BytesIO()
    PIL.Image.fromarray(ROAD).convert("CMYK").save(out, "JPEG")
    return out.getvalue()


def exif_rotated_jpeg() -> bytes:
    # EXIF with one entry: orientation (0x0112), a short, 6 = rotate by 90 degrees clockwise.
    tiff = b"MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06" + bytes(6)
    body = b"Exif\x00\x00" + tiff
    return JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + JPEG[2:]


UNUSUAL = {
    "grey JPEG": encoded(".jpg", ROAD[:, :, 0]),
    "grey PNG": encoded(".png", ROAD[:, :, 0]),
    "PNG with alpha": encoded(".png", np.dstack([ROAD, ROAD[:, :, 0]])),
    "16 bit PNG": encoded(".png", ROAD.astype(np.uint16) * 257),
    "CMYK JPEG": cmyk_jpeg(),
    "progressive JPEG": encoded(".jpg", ROAD, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "EXIF-rotated JPEG": exif_rotated_jpeg(),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_but_good_pictures(stub: steering_pb2_grpc.SteeringServiceStub, name: str) -> None:
    request = steering_pb2.PredictRequest(image=Image(data=UNUSUAL[name]))
    reply = stub.Predict(request, timeout=10)
    # A grey road of brightness 90, the same left and right.
    assert reply.steering == pytest.approx(0.0, abs=0.02)
    assert reply.speed_mph == pytest.approx(90, abs=12)


def test_an_exif_rotated_picture_is_turned_upright(
    stub: steering_pb2_grpc.SteeringServiceStub,
) -> None:
    reply = stub.Explain(
        steering_pb2.ExplainRequest(image=Image(data=exif_rotated_jpeg())), timeout=10
    )
    overlay = cv2.imdecode(np.frombuffer(reply.overlay_jpeg, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert overlay is not None
    assert overlay.shape == (320, 160, 3)


def test_a_bad_picture_ends_a_stream_with_its_status(
    stub: steering_pb2_grpc.SteeringServiceStub,
) -> None:
    good = steering_pb2.PredictRequest(image=Image(data=JPEG))
    bad = steering_pb2.PredictRequest(image=Image(data=JPEG[:50]))
    replies = stub.PredictStream(iter([good, bad, good]), timeout=10)
    assert np.isfinite(next(replies).steering)
    with pytest.raises(grpc.RpcError) as caught:
        next(replies)
    assert caught.value.code() == INVALID
    assert np.isfinite(stub.Predict(good, timeout=10).steering)
