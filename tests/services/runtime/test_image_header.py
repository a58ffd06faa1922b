from __future__ import annotations

import cv2
import numpy as np
import pytest

from services.runtime.image_header import HeaderError, read_header

PIXELS = np.random.default_rng(1).integers(0, 255, (40, 70, 3), dtype=np.uint8)


def encode(extension: str, *parameters: int) -> bytes:
    return cv2.imencode(extension, PIXELS, list(parameters))[1].tobytes()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (encode(".jpg"), "JPEG"),
        (encode(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1), "JPEG"),
        (encode(".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 1), "JPEG"),
        (encode(".jpg") + b"camera's own bytes after the end", "JPEG"),
        (encode(".png"), "PNG"),
    ],
    ids=["baseline", "progressive", "restarts", "trailing bytes", "png"],
)
def test_format_and_size(data: bytes, kind: str) -> None:
    header = read_header(data)
    assert (header.format, header.width, header.height, header.channels) == (kind, 70, 40, 3)
    assert not header.has_exif


def test_channels_of_a_grey_jpeg() -> None:
    assert read_header(cv2.imencode(".jpg", PIXELS[:, :, 0])[1].tobytes()).channels == 1


def test_the_end_of_a_thumbnail_is_not_the_end_of_the_picture() -> None:
    thumbnail = encode(".jpg")
    exif = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    whole = thumbnail[:2] + exif + thumbnail[2:]
    assert read_header(whole).width == 70
    with pytest.raises(HeaderError, match="cut short"):
        read_header(whole[:-200])


@pytest.mark.parametrize("extension", [".jpg", ".png"])
def test_every_cut_is_found(extension: str) -> None:
    data = encode(extension)
    for length in range(0, len(data) - 2, 7):
        with pytest.raises(HeaderError):
            read_header(data[:length])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no bytes at all"),
        (b"GIF89a...", "a GIF"),
        (b"BM......", "a BMP"),
        (b"RIFF....WEBP", "a WebP"),
        (b"hello, world", "12 bytes that start with 68 65 6c 6c"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 200, "damaged header"),
    ],
)
def test_what_came_is_named(data: bytes, words: str) -> None:
    with pytest.raises(HeaderError, match=words):
        read_header(data)
