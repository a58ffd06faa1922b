"""Pictures from which quantisation learns how large a network's values become."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from training.errors import TrainingError
from training.labelled.pictures import is_picture
from vision.preprocessing import letterbox


def read_pictures(folders: Sequence[Path], count: int, size: int) -> npt.NDArray[np.uint8]:
    """Pictures evenly spread over the folders, as the network takes them.

    Args:
        folders: where to look, below them too.
        count: how many at most, of all folders together.
        size: width and height of the network's input in pixels.

    Returns:
        uint8 (N, size, size, 3), RGB, letterboxed.

    Raises:
        TrainingError: a folder holds no picture, or one cannot be read.
    """
    found: list[Path] = []
    for folder in folders:
        paths = sorted(path for path in folder.rglob("*") if is_picture(path))
        if not paths:
            raise TrainingError(f"{folder}: expected pictures to calibrate with, found none")
        wanted = min(len(paths), -(-count // len(folders)))
        chosen = np.linspace(0, len(paths) - 1, wanted).round().astype(int)
        found.extend(paths[index] for index in chosen)
    pictures = np.empty((len(found[:count]), size, size, 3), np.uint8)
    for picture, path in zip(pictures, found, strict=False):
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if pixels is None:
            raise TrainingError(f"{path}: cannot be read as a picture; take it out of the folder")
        picture[:] = letterbox(np.asarray(pixels, np.uint8), size, size)[0][..., ::-1]
    return pictures
