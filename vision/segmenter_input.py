"""From a picture to a segmentation model's input, and where in it the picture then lies."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from vision.model_spec import ModelSpec
from vision.preprocessing import Crop, UInt8Image, crop_and_resize, letterbox, letterboxed_size


@dataclass(frozen=True)
class Region:
    """The part of a model's input that a picture fills, in pixels of the input.

    Attributes:
        left: its first column.
        top: its first row.
        width: columns.
        height: rows.
    """

    left: int
    top: int
    width: int
    height: int


def segmenter_input(image: UInt8Image, spec: ModelSpec) -> tuple[UInt8Image, Region]:
    """What the model is given for a picture.

    Args:
        image: uint8, (H, W, 3), BGR.
        spec: the model's size, colour order and fit. Nothing is cut off, whatever its crop says:
            each pixel of the picture is to get a class.

    Returns:
        uint8, (input_height, input_width, 3), in the model's colour order, and where the picture
        lies in it.

    Raises:
        ValueError: the image is not uint8 of shape (H, W, 3).
    """
    if spec.fit == "letterbox":
        pixels, _ = letterbox(image, spec.input_width, spec.input_height)
    else:
        pixels = crop_and_resize(image, Crop(), spec.input_width, spec.input_height)
    if spec.colour_order == "RGB":
        cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)
    return pixels, region_of(image.shape[1], image.shape[0], spec)


def region_of(image_width: int, image_height: int, spec: ModelSpec) -> Region:
    """Where a picture of a size lies in the model's input.

    Args:
        image_width: the picture's, in pixels.
        image_height: the picture's, in pixels.
        spec: the model's size and fit.
    """
    if spec.fit == "stretch":
        return Region(0, 0, spec.input_width, spec.input_height)
    width, height = letterboxed_size(image_width, image_height, spec.input_width, spec.input_height)
    return Region((spec.input_width - width) // 2, (spec.input_height - height) // 2, width, height)
