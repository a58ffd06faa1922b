"""Pictures for the toy detectors, and the boxes of a reply."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from protos.common.v1 import common_pb2

Box = tuple[int, int, int, int]


def scene(size: tuple[int, int], *rectangles: tuple[Box, str, int]) -> npt.NDArray[np.uint8]:
    """A dark picture (H, W, 3), BGR, with red and green rectangles of a brightness."""
    pixels = np.full((*size, 3), 20, np.uint8)
    for (x_min, y_min, x_max, y_max), colour, brightness in rectangles:
        pixels[y_min:y_max, x_min:x_max, {"red": 2, "green": 1}[colour]] = brightness
    return pixels


def png(pixels: npt.NDArray, frame_id: str = "") -> common_pb2.Image:
    return common_pb2.Image(data=cv2.imencode(".png", pixels)[1].tobytes(), frame_id=frame_id)


def boxes_of(reply: Any) -> list[list[float]]:
    return [
        [found.box.x_min, found.box.y_min, found.box.x_max, found.box.y_max]
        for found in reply.detections
    ]


ENCODED = {
    "JPEG": lambda p: common_pb2.Image(
        data=cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes(),
        encoding=common_pb2.JPEG,
    ),
    "PNG": png,
    "BGR8": lambda p: common_pb2.Image(
        data=p.tobytes(), encoding=common_pb2.BGR8, width=p.shape[1], height=p.shape[0]
    ),
    "RGB8": lambda p: common_pb2.Image(
        data=p[:, :, ::-1].tobytes(),
        encoding=common_pb2.RGB8,
        width=p.shape[1],
        height=p.shape[0],
    ),
}
