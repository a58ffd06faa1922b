"""Pictures on which a network is measured while it is exported: for int8, and for parity."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from training.errors import TrainingError
from training.labelled.pictures import is_picture
from vision.preprocessing import letterbox


def read_pictures(
    folders: Sequence[Path], count: int, width: int, height: int
) -> npt.NDArray[np.uint8]:
    """Pictures evenly spread over the folders, as the network takes them.

    Args:
        folders: where to look, below them too.
        count: how many at most, of all folders together.
        width: of the network's input in pixels.
        height: of the network's input in pixels.

    Returns:
        uint8 (N, height, width, 3), RGB, letterboxed.

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
    pictures = np.empty((len(found[:count]), height, width, 3), np.uint8)
    for picture, path in zip(pictures, found, strict=False):
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if pixels is None:
            raise TrainingError(f"{path}: cannot be read as a picture; take it out of the folder")
        picture[:] = letterbox(np.asarray(pixels, np.uint8), width, height)[0][..., ::-1]
    return pictures


def drawn_pictures(width: int, height: int, count: int = 4) -> npt.NDArray[np.uint8]:
    """Coloured boxes before a grey road: uint8 (count, height, width, 3), always the same."""
    rng = np.random.default_rng(5)
    pictures = np.empty((count, height, width, 3), np.uint8)
    side = min(width, height)
    for picture in pictures:
        picture[: height // 2] = rng.integers(150, 230, 3)
        picture[height // 2 :] = rng.integers(60, 120)
        for _ in range(5):
            box_width, box_height = (int(one) for one in rng.integers(side // 12, side // 3, 2))
            x = int(rng.integers(0, width - box_width))
            y = int(rng.integers(0, height - box_height))
            colour = [int(value) for value in rng.integers(0, 255, 3)]
            cv2.rectangle(picture, (x, y), (x + box_width, y + box_height), colour, -1)
    return pictures
