"""Labelled pictures for the training, with their pixels."""

from __future__ import annotations

import cv2
import numpy as np

from training.boxes.augmentation import Sample
from training.boxes.dataset import LabelledImage


def read_sample(image: LabelledImage) -> Sample:
    """A labelled picture with its pixels.

    Raises:
        ValueError: the picture can no longer be read.
    """
    pixels = cv2.imread(str(image.path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"{image.path}: expected a picture that OpenCV can read")
    return Sample(np.asarray(pixels, np.uint8), image.boxes, image.class_ids)
