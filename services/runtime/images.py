"""From the contract's Image to pixels, behind limits that are checked before decoding."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg

from protos.common.v1 import common_pb2
from services.runtime.errors import InvalidArgumentError, InvalidImageError
from services.runtime.image_header import HeaderError, ImageHeader, read_header

_RAW = (common_pb2.RGB8, common_pb2.BGR8)
_FORMAT_OF: dict[int, str] = {common_pb2.JPEG: "JPEG", common_pb2.PNG: "PNG"}
_MAX_FRAME_ID = 256
_CMYK_CHANNELS = 4


@dataclass(frozen=True)
class ImageLimits:
    """What a service accepts.

    Attributes:
        max_bytes: largest picture as sent, in bytes.
        max_pixels: largest picture in pixels (width x height).
        min_side: shortest side in pixels that a model can still make sense of.
    """

    max_bytes: int
    max_pixels: int
    min_side: int = 16


def decode(image: common_pb2.Image, limits: ImageLimits) -> npt.NDArray[np.uint8]:
    """The pixels of a picture.

    Returns:
        uint8, shape (H, W, 3), BGR, upright (an EXIF orientation is obeyed).

    Raises:
        InvalidImageError: the picture is missing, damaged, too large or too small, or not in the
            encoding that was named.
        InvalidArgumentError: the frame_id is too long, or the encoding unknown.
    """
    data = image.data
    if len(image.frame_id) > _MAX_FRAME_ID:
        raise InvalidArgumentError(
            f"image.frame_id: expected at most {_MAX_FRAME_ID} characters, "
            f"got {len(image.frame_id)}"
        )
    if not data:
        raise InvalidImageError("image.data: expected a picture, got no bytes at all")
    if len(data) > limits.max_bytes:
        raise InvalidImageError(
            f"image.data: expected at most {limits.max_bytes} bytes, got {len(data)}"
        )
    if image.encoding in _RAW:
        return _from_raw(image, limits)
    return _from_file(data, image.encoding, limits)


def _check_size(width: int, height: int, limits: ImageLimits) -> None:
    if min(width, height) < limits.min_side:
        raise InvalidImageError(
            f"image: expected at least {limits.min_side} x {limits.min_side} pixels, "
            f"got {width} x {height}"
        )
    if width * height > limits.max_pixels:
        raise InvalidImageError(
            f"image: expected at most {limits.max_pixels} pixels, "
            f"got {width} x {height} = {width * height}"
        )


def _from_raw(image: common_pb2.Image, limits: ImageLimits) -> npt.NDArray[np.uint8]:
    _check_size(image.width, image.height, limits)
    expected = image.width * image.height * 3
    if len(image.data) != expected:
        name = common_pb2.Encoding.Name(image.encoding)
        raise InvalidImageError(
            f"image.data: {name} of {image.width} x {image.height} pixels should be "
            f"{expected} bytes, got {len(image.data)}"
        )
    pixels = np.frombuffer(image.data, dtype=np.uint8).reshape(image.height, image.width, 3)
    return pixels if image.encoding == common_pb2.BGR8 else np.ascontiguousarray(pixels[:, :, ::-1])


def _from_file(data: bytes, encoding: int, limits: ImageLimits) -> npt.NDArray[np.uint8]:
    wanted = _FORMAT_OF.get(encoding)
    if wanted is None and encoding != common_pb2.ENCODING_UNSPECIFIED:
        raise InvalidArgumentError(
            f"image.encoding: expected JPEG, PNG, RGB8 or BGR8, got the number {encoding}"
        )
    try:
        header = read_header(data)
    except HeaderError as error:
        raise InvalidImageError(
            f"image.data: expected a complete {wanted or 'JPEG or PNG'}, got {error}"
        ) from error
    if wanted is not None and header.format != wanted:
        raise InvalidImageError(
            f"image.data: expected a {wanted} as image.encoding says, got a {header.format}"
        )
    _check_size(header.width, header.height, limits)
    pixels = _decode_jpeg(data) if _is_plain(header) else _decode_any(data)
    if pixels is None:
        raise InvalidImageError(
            f"image.data: a {header.format} of {header.width} x {header.height} pixels whose "
            f"contents are damaged"
        )
    return pixels


def _is_plain(header: ImageHeader) -> bool:
    """Whether it is a JPEG as cameras send it: nothing to rotate, no CMYK."""
    return header.format == "JPEG" and header.channels != _CMYK_CHANNELS and not header.has_exif


def _decode_jpeg(data: bytes) -> npt.NDArray[np.uint8] | None:
    # The pixels are OpenCV's, which has the same library inside; this way to it is a fifth quicker,
    # and it notices damage that OpenCV paints over in grey.
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, colorspace="BGR"), dtype=np.uint8)
    except ValueError:
        return None


def _decode_any(data: bytes) -> npt.NDArray[np.uint8] | None:
    try:
        pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if pixels is None else np.asarray(pixels, dtype=np.uint8)
