"""Many pictures on one sheet, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from training.errors import TrainingError
from vision.preprocessing import UInt8Image

COLUMNS = 6
TILE_WIDTH, TILE_HEIGHT = 320, 240
"""Of each picture, in pixels."""

_WORDS = 20
"""Pixels below each picture, for its name."""
_LONGEST = 44


def sheet(tiles: Sequence[UInt8Image], columns: int = COLUMNS) -> UInt8Image:
    """Pictures of one size in rows.

    Args:
        tiles: uint8 (H, W, 3), at least one.
        columns: at most so many stand beside each other.
    """
    columns = min(columns, len(tiles))
    blank = np.full_like(tiles[0], 255)
    whole = [*tiles, *[blank] * (-len(tiles) % columns)]
    rows = [np.hstack(whole[first : first + columns]) for first in range(0, len(whole), columns)]
    return np.asarray(np.vstack(rows), np.uint8)


def captioned(picture: UInt8Image, words: str) -> UInt8Image:
    """A picture, uint8 (H, W, 3), with words on white below it."""
    strip = np.full((_WORDS, picture.shape[1], 3), 255, np.uint8)
    ascii_words = words.encode("ascii", "replace").decode()[:_LONGEST]
    cv2.putText(
        strip, ascii_words, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA
    )
    return np.asarray(np.vstack([picture, strip]), np.uint8)


def draw_rows(pictures: int, count: int, seed: int) -> list[int]:
    """Indices of pictures drawn at random, the same ones for the same seed, in order."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(pictures, min(count, pictures), replace=False)
    return sorted(chosen.tolist())


def write_png(picture: UInt8Image, path: Path) -> None:
    """Writes a picture, BGR.

    Raises:
        TrainingError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), picture):
        raise TrainingError(f"{path}: cannot be written")
