"""What a caller may hand over as a picture."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt

from protos.common.v1 import common_pb2

Picture = bytes | npt.NDArray[np.uint8]
"""The bytes of a JPEG or PNG file, or pixels as OpenCV holds them: uint8, (H, W, 3), BGR."""


def to_message(
    picture: Picture, frame_id: str = "", captured_at: datetime | None = None
) -> common_pb2.Image:
    """The protobuf message for a picture.

    Raises:
        ValueError: an array that is not uint8 of shape (H, W, 3).
    """
    if isinstance(picture, np.ndarray):
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
            raise ValueError(
                f"picture: expected the bytes of a JPEG or PNG, or a uint8 array of shape "
                f"(height, width, 3), got {picture.dtype} of shape {picture.shape}"
            )
        message = common_pb2.Image(
            data=picture.tobytes(),
            encoding=common_pb2.BGR8,
            width=picture.shape[1],
            height=picture.shape[0],
            frame_id=frame_id,
        )
    else:
        # Encoding left out: the service tells JPEG from PNG by the first bytes.
        message = common_pb2.Image(data=picture, frame_id=frame_id)
    if captured_at is not None:
        message.captured_at.FromDatetime(captured_at)
    return message
