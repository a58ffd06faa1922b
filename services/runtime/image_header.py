"""Reads a picture's format and size from its first bytes, without decoding a pixel."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"
_JPEG_START = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"
_START_OF_SCAN = 0xDA
_APP1 = 0xE1
# ITU-T T.81, table B.1: start-of-frame markers; C4, C8 and CC in their midst are something else.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers that stand alone, with no length after them: TEM and the restarts.
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})

_OTHER_FORMATS = (
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"RIFF", "a WebP or AVI"),
    (b"II*\x00", "a TIFF"),
    (b"MM\x00*", "a TIFF"),
    (b"%PDF", "a PDF"),
)


class HeaderError(ValueError):
    """The bytes are no JPEG or PNG, or end too early; the message says what came."""


@dataclass(frozen=True)
class ImageHeader:
    """What a picture says of itself.

    Attributes:
        format: its file format.
        width: columns as stored (before an EXIF rotation).
        height: rows as stored.
        channels: colour channels; 4 is CMYK in a JPEG. Always 3 for a PNG, whatever it holds.
        has_exif: whether a JPEG carries EXIF data, which may ask for a rotation.
    """

    format: Literal["JPEG", "PNG"]
    width: int
    height: int
    channels: int = 3
    has_exif: bool = False


def read_header(data: bytes) -> ImageHeader:
    """Format and size of an encoded picture; also checks that its end is there.

    Raises:
        HeaderError: not a JPEG or PNG, or cut short.
    """
    if data.startswith(_JPEG_START):
        return _read_jpeg(data)
    if data.startswith(_PNG_SIGNATURE):
        return _read_png(data)
    if not data:
        raise HeaderError("no bytes at all")
    for signature, name in _OTHER_FORMATS:
        if data.startswith(signature):
            raise HeaderError(f"{name} file")
    raise HeaderError(f"{len(data)} bytes that start with {data[:4].hex(' ')}")


def _read_png(data: bytes) -> ImageHeader:
    # PNG specification, 11.2.1: IHDR comes first: length, type, width, height.
    if len(data) < 24 or data[12:16] != b"IHDR":
        raise HeaderError(f"a PNG without its header ({len(data)} bytes)")
    width, height = struct.unpack_from(">II", data, 16)
    if _PNG_END not in data:
        raise HeaderError(f"a PNG that is cut short after {len(data)} bytes")
    return ImageHeader("PNG", width, height)


def _read_jpeg(data: bytes) -> ImageHeader:
    # T.81, B.1.1: markers are FF and a code, most with a two-byte length that counts itself.
    frame: tuple[int, int, int] | None = None
    has_exif = False
    at, end = 2, len(data)
    while at + 4 <= end:
        if data[at] != 0xFF:
            raise HeaderError("a JPEG with a damaged header")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _STANDALONE:
            at += 2
            continue
        if marker in _START_OF_FRAME:
            if frame is not None or at + 10 > end:
                raise HeaderError("a JPEG with a damaged header")
            frame = struct.unpack_from(">HHB", data, at + 5)
        elif marker == _START_OF_SCAN:
            if frame is None:
                break
            # In the scan FF is always followed by 00 or a restart: an end marker after this point
            # is the picture's own and not that of a thumbnail in its header.
            if data.rfind(_JPEG_END, at) < 0:
                raise HeaderError(f"a JPEG that is cut short after {end} bytes")
            height, width, channels = frame
            return ImageHeader("JPEG", width, height, channels, has_exif)
        elif marker == _APP1 and data[at + 4 : at + 8] == b"Exif":
            has_exif = True
        at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    raise HeaderError(f"a JPEG that is cut short after {end} bytes, or has no picture in it")
