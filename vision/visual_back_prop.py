"""Where a convolutional network looked: NVIDIA's VisualBackProp.

M. Bojarski et al., "VisualBackProp: efficient visualization of CNNs", 2016 (arXiv:1611.05418).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from vision.preprocessing import Crop, UInt8Image

FloatMap = npt.NDArray[np.float32]


def relevance(feature_maps: Sequence[FloatMap], height: int, width: int) -> FloatMap:
    """The relevance of each input pixel.

    From the last layer to the first, the averaged map is scaled up to the size of the one before
    and multiplied with it; the last product is scaled up to the input.

    Args:
        feature_maps: for each convolutional layer, first to last, its activations averaged over the
            channels: float32, shape (h, w), not negative.
        height: rows of the network's input.
        width: columns of the network's input.

    Returns:
        float32, shape (height, width), 0..1: 1 where the network looked most; all 0 if it looked
        nowhere.

    Raises:
        ValueError: there is no feature map, or one is larger than the one before it.
    """
    if not feature_maps:
        raise ValueError("expected at least one feature map, got none")
    mask = feature_maps[-1]
    for earlier in reversed(feature_maps[:-1]):
        mask = _scale_up(mask, *earlier.shape) * earlier
    mask = _scale_up(mask, height, width)
    largest = float(mask.max())
    return mask / np.float32(largest) if largest > 0 else np.zeros_like(mask)


def heat_map(pixel_relevance: FloatMap, crop: Crop, height: int, width: int) -> UInt8Image:
    """The relevance of the input, laid back into the picture that the input was cut from.

    Args:
        pixel_relevance: float32, (h, w), 0..1, as :func:`relevance` gives it.
        crop: what was cut off the picture.
        height: rows of the picture.
        width: columns of the picture.

    Returns:
        uint8, (height, width): 255 where the network looked most, 0 outside what it saw.
    """
    first, end = crop.rows(height)
    picture = np.zeros((height, width), dtype=np.uint8)
    seen = cv2.resize(pixel_relevance, (width, end - first), interpolation=cv2.INTER_LINEAR)
    picture[first:end] = np.rint(seen * 255).astype(np.uint8)
    return picture


def overlay(image: UInt8Image, heat: UInt8Image) -> UInt8Image:
    """A picture with a heat map laid over it: the hotter, the less of the picture shows.

    Args:
        image: uint8, (H, W, 3), BGR.
        heat: uint8, (H, W).

    Returns:
        uint8, (H, W, 3), BGR.
    """
    colours = cv2.applyColorMap(heat, cv2.COLORMAP_JET).astype(np.float32)
    weight = (heat.astype(np.float32) / 255)[:, :, None] * 0.8
    return np.rint(image * (1 - weight) + colours * weight).astype(np.uint8)


def _scale_up(mask: FloatMap, height: int, width: int) -> FloatMap:
    """Deconvolution with all weights 1: each value is spread over the window that it came from.

    The convolution's stride and window follow from the two sizes, for a convolution without
    padding: size = (small - 1) x stride + window.
    """
    rows, columns = mask.shape
    if rows > height or columns > width:
        raise ValueError(f"a {rows} x {columns} map cannot be scaled up to {height} x {width}")
    stride_y, stride_x = height // rows, width // columns
    window_y = height - (rows - 1) * stride_y
    window_x = width - (columns - 1) * stride_x
    spread = np.zeros((height, width), dtype=np.float32)
    spread[: (rows - 1) * stride_y + 1 : stride_y, : (columns - 1) * stride_x + 1 : stride_x] = mask
    return np.asarray(
        cv2.boxFilter(
            spread,
            -1,
            (window_x, window_y),
            anchor=(window_x - 1, window_y - 1),
            normalize=False,
            borderType=cv2.BORDER_CONSTANT,
        ),
        dtype=np.float32,
    )
