"""From a picture to a model's input: the one function that training and serving both call."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

UInt8Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Crop:
    """What is cut off a picture before it is scaled, as shares of its height.

    Shares, not rows, so that a camera of another resolution loses the same part of its view.

    Attributes:
        top: share cut off above (sky), 0..1.
        bottom: share cut off below (bonnet), 0..1; ``top + bottom < 1``.
    """

    top: float = 0.0
    bottom: float = 0.0

    def __post_init__(self) -> None:
        if not (self.top >= 0 and self.bottom >= 0 and self.top + self.bottom < 1):
            raise ValueError(
                f"crop: expected shares of the height with top + bottom < 1, "
                f"got top={self.top}, bottom={self.bottom}"
            )

    def rows(self, height: int) -> tuple[int, int]:
        """First row kept and first row cut off again, for a picture of ``height`` rows.

        At least one row is kept.
        """
        first = min(round(self.top * height), height - 1)
        return first, max(first + 1, height - round(self.bottom * height))


def crop_and_resize(image: UInt8Image, crop: Crop, width: int, height: int) -> UInt8Image:
    """Cuts the crop off and scales the rest to the model's input size, ignoring the aspect.

    Args:
        image: uint8, shape (H, W, 3), any colour order.
        crop: what to cut off.
        width: the model's input width in pixels.
        height: the model's input height in pixels.

    Returns:
        uint8, shape (height, width, 3), C-contiguous, colours in the order that came.

    Raises:
        ValueError: the image is not uint8 of shape (H, W, 3).
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            f"expected a uint8 image of shape (H, W, 3), got {image.dtype} of shape {image.shape}"
        )
    first, end = crop.rows(image.shape[0])
    resized = cv2.resize(image[first:end], (width, height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(resized, dtype=np.uint8)


PAD_VALUE = 114
"""Grey of the bars that a letterbox adds, in all three channels."""


@dataclass(frozen=True)
class Placement:
    """Where a picture lies in a letterboxed input.

    Attributes:
        scale: pixels of the input for one pixel of the picture.
        left: first column of the input that the picture fills.
        top: first row of the input that the picture fills.
    """

    scale: float
    left: int
    top: int

    def to_input(self, boxes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Boxes (N, 4) of x_min, y_min, x_max, y_max, from pixels of the picture to the input's."""
        offset = np.array([self.left, self.top, self.left, self.top], np.float32)
        return np.asarray(boxes * np.float32(self.scale) + offset, np.float32)

    def to_picture(
        self, boxes: npt.NDArray[np.float32], width: int, height: int
    ) -> npt.NDArray[np.float32]:
        """Boxes (N, 4) from pixels of the input to the picture's, clipped to its size."""
        offset = np.array([self.left, self.top, self.left, self.top], np.float32)
        moved = (boxes - offset) / np.float32(self.scale)
        return np.asarray(
            np.clip(moved, 0, np.array([width, height, width, height], np.float32)), np.float32
        )


def letterboxed_size(
    image_width: int, image_height: int, width: int, height: int
) -> tuple[int, int]:
    """Width and height in pixels that a picture has inside the bars of a letterbox.

    Args:
        image_width: the picture's, in pixels.
        image_height: the picture's, in pixels.
        width: the letterbox's, in pixels.
        height: the letterbox's, in pixels.
    """
    scale = min(width / image_width, height / image_height)
    return (
        max(1, min(width, round(image_width * scale))),
        max(1, min(height, round(image_height * scale))),
    )


def letterbox(image: UInt8Image, width: int, height: int) -> tuple[UInt8Image, Placement]:
    """Scales a picture to fit the model's input, keeping its aspect, in the middle of grey bars.

    Args:
        image: uint8, shape (H, W, 3), any colour order.
        width: the model's input width in pixels.
        height: the model's input height in pixels.

    Returns:
        uint8, shape (height, width, 3), colours in the order that came, and where the picture lies.

    Raises:
        ValueError: the image is not uint8 of shape (H, W, 3).
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            f"expected a uint8 image of shape (H, W, 3), got {image.dtype} of shape {image.shape}"
        )
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = letterboxed_size(image.shape[1], image.shape[0], width, height)
    placement = Placement(scale, (width - inner[0]) // 2, (height - inner[1]) // 2)
    # Averaging when it shrinks: small objects would otherwise fall between the sampled pixels.
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas = np.full((height, width, 3), PAD_VALUE, np.uint8)
    rows = slice(placement.top, placement.top + inner[1])
    columns = slice(placement.left, placement.left + inner[0])
    canvas[rows, columns] = cv2.resize(image, inner, interpolation=method)
    return canvas, placement
