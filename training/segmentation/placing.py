"""A sample in the network's input, placed there as serving places a picture."""

from __future__ import annotations

import cv2
import numpy as np

from training.segmentation.dataset import Sample
from vision.class_map import IGNORED
from vision.preprocessing import letterbox, letterboxed_size


def place(sample: Sample, width: int, height: int) -> Sample:
    """The picture letterboxed by the function that serving calls, and the mask where it lies.

    Args:
        sample: of any size.
        width: of the input, in pixels.
        height: of the input, in pixels.

    Returns:
        A sample of (height, width); in the bars the mask is ignored.
    """
    image, placement = letterbox(sample.image, width, height)
    rows, columns = sample.mask.shape
    inner_width, inner_height = letterboxed_size(columns, rows, width, height)
    mask = np.full((height, width), IGNORED, np.uint8)
    mask[
        placement.top : placement.top + inner_height,
        placement.left : placement.left + inner_width,
    ] = cv2.resize(sample.mask, (inner_width, inner_height), interpolation=cv2.INTER_NEAREST_EXACT)
    return Sample(image, mask)
