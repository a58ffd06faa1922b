from __future__ import annotations

import cv2
import numpy as np
import pytest

from protos.common.v1 import common_pb2
from services.runtime.errors import InvalidImageError
from services.runtime.images import ImageLimits, decode

LIMITS = ImageLimits(max_bytes=1_000_000, max_pixels=640 * 480)
PIXELS = np.random.default_rng(2).integers(0, 255, (48, 64, 3), dtype=np.uint8)


def test_raw_pixels_come_as_they_are() -> None:
    image = common_pb2.Image(data=PIXELS.tobytes(), encoding=common_pb2.BGR8, width=64, height=48)
    np.testing.assert_array_equal(decode(image, LIMITS), PIXELS)


def test_rgb_is_turned_to_bgr() -> None:
    image = common_pb2.Image(
        data=PIXELS[:, :, ::-1].tobytes(), encoding=common_pb2.RGB8, width=64, height=48
    )
    np.testing.assert_array_equal(decode(image, LIMITS), PIXELS)


@pytest.mark.parametrize("encoding", [common_pb2.PNG, common_pb2.ENCODING_UNSPECIFIED])
def test_png_is_lossless(encoding: common_pb2.Encoding) -> None:
    data = cv2.imencode(".png", PIXELS)[1].tobytes()
    np.testing.assert_array_equal(
        decode(common_pb2.Image(data=data, encoding=encoding), LIMITS), PIXELS
    )


def test_alpha_is_dropped_and_grey_is_spread() -> None:
    alpha = np.dstack([PIXELS, np.full((48, 64), 7, dtype=np.uint8)])
    data = cv2.imencode(".png", alpha)[1].tobytes()
    np.testing.assert_array_equal(decode(common_pb2.Image(data=data), LIMITS), PIXELS)
    grey = PIXELS[:, :, 0]
    data = cv2.imencode(".png", grey)[1].tobytes()
    np.testing.assert_array_equal(
        decode(common_pb2.Image(data=data), LIMITS), np.dstack([grey] * 3)
    )


def test_limits_are_checked_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a pixel was decoded")

    monkeypatch.setattr(cv2, "imdecode", never)
    wide = cv2.imencode(".png", np.zeros((20, 20_000, 3), dtype=np.uint8))[1].tobytes()
    with pytest.raises(InvalidImageError, match="at most 307200 pixels, got 20000 x 20"):
        decode(common_pb2.Image(data=wide), LIMITS)
    with pytest.raises(InvalidImageError, match="at most 1000000 bytes, got 1000001"):
        decode(common_pb2.Image(data=bytes(1_000_001)), LIMITS)


@pytest.mark.parametrize("quality", [10, 75, 100])
@pytest.mark.parametrize("progressive", [0, 1])
def test_jpeg_gives_the_pixels_that_opencv_gives(quality: int, progressive: int) -> None:
    # Training reads pictures with OpenCV: the network must see the same here.
    smooth = cv2.resize(PIXELS, (321, 161), interpolation=cv2.INTER_CUBIC)
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive]
    data = cv2.imencode(".jpg", smooth, flags)[1]
    expected = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert expected is not None
    np.testing.assert_array_equal(decode(common_pb2.Image(data=data.tobytes()), LIMITS), expected)


def test_damage_inside_a_jpeg_is_noticed() -> None:
    data = bytearray(cv2.imencode(".jpg", cv2.resize(PIXELS, (320, 160)))[1].tobytes())
    middle = len(data) // 2
    data[middle : middle + 400] = b"\xff\xd0" * 200
    with pytest.raises(InvalidImageError, match="contents are damaged"):
        decode(common_pb2.Image(data=bytes(data)), LIMITS)
