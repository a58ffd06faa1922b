"""Sheets of pictures with their masks laid over them, to be looked at."""

from __future__ import annotations

import numpy as np

from training.errors import TrainingError
from training.labelled.sheet import TILE_HEIGHT, TILE_WIDTH, captioned, draw_rows, sheet
from training.segmentation.dataset import MaskDataset, MaskedImage, read_sample
from training.segmentation.statistics import pixel_counts
from vision.class_map_drawing import legend, overlay
from vision.preprocessing import PAD_VALUE, UInt8Image, letterbox

_OF_A_CLASS = 5
"""So many pictures are shown of each class."""

_ROWS_OF_A_LEGEND = 8
"""So many fit on a tile."""


def sample_sheet(dataset: MaskDataset, count: int, seed: int) -> UInt8Image:
    """Pictures drawn at random with their masks, and the legend.

    Args:
        dataset: at least one picture.
        count: how many pictures, if there are so many.
        seed: the same pictures for the same seed.

    Returns:
        uint8 (H, W, 3), BGR.
    """
    images = [dataset.images[row] for row in draw_rows(len(dataset), count, seed)]
    tiles = [_tile(image, dataset, image.path.name) for image in images]
    return sheet([*tiles, *_legend(dataset)])


def class_sheet(dataset: MaskDataset) -> UInt8Image:
    """For each class a row: the pictures in which there is most of it, where slips show.

    Returns:
        uint8 (H, W, 3), BGR.
    """
    shares = pixel_counts(dataset.images) / pixel_counts(dataset.images).sum(axis=1, keepdims=True)
    blank = np.full((TILE_HEIGHT, TILE_WIDTH, 3), 255, np.uint8)
    tiles = []
    for class_id, label in enumerate(dataset.labels):
        rows = np.argsort(-shares[:, class_id], kind="stable")[:_OF_A_CLASS].tolist()
        for row in rows:
            words = f"{label} {shares[row, class_id]:.1%} {dataset.images[row].path.name}"
            seen = shares[row, class_id] > 0
            tile = _tile(dataset.images[row], dataset, words) if seen else captioned(blank, "")
            tiles.append(tile)
        tiles += [captioned(blank, "")] * (_OF_A_CLASS - len(rows))
    return sheet([*tiles, *_legend(dataset)], columns=_OF_A_CLASS)


def _tile(image: MaskedImage, dataset: MaskDataset, words: str) -> UInt8Image:
    """One picture, letterboxed, under its mask. One that cannot be read is left grey."""
    try:
        sample = read_sample(image, dataset)
    except TrainingError:
        tile = np.full((TILE_HEIGHT, TILE_WIDTH, 3), PAD_VALUE, np.uint8)
    else:
        drawn = overlay(sample.image, sample.mask, dataset.palette)
        tile, _ = letterbox(drawn, TILE_WIDTH, TILE_HEIGHT)
    return captioned(tile, words)


def _legend(dataset: MaskDataset) -> list[UInt8Image]:
    """As many tiles as the legend needs."""
    labels = [label.encode("ascii", "replace").decode() for label in dataset.labels]
    tiles = []
    for first in range(0, len(labels), _ROWS_OF_A_LEGEND):
        rows = slice(first, first + _ROWS_OF_A_LEGEND)
        drawn = legend(labels[rows], dataset.palette[rows])[:TILE_HEIGHT, :TILE_WIDTH]
        tile = np.full((TILE_HEIGHT, TILE_WIDTH, 3), 255, np.uint8)
        tile[: drawn.shape[0], : drawn.shape[1]] = drawn
        tiles.append(captioned(tile, ""))
    return tiles
