"""Many labelled pictures on one sheet, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from training.boxes.dataset import IGNORED, BoxDataset, Boxes, LabelledImage
from training.boxes.mistakes_sheet import IGNORED_COLOUR, view_round
from training.boxes.statistics import box_extents
from training.labelled.sheet import COLUMNS, TILE_HEIGHT, TILE_WIDTH, captioned, draw_rows, sheet
from vision.drawing import COLOURS, draw_boxes
from vision.preprocessing import UInt8Image, letterbox


@dataclass(frozen=True)
class Tile:
    """One picture of the sheet.

    Attributes:
        image: the picture and its boxes.
        words: what stands below it; its name unless given.
        close: show the part of the picture round its first box.
    """

    image: LabelledImage
    words: str = ""
    close: bool = False


def contact_sheet(tiles: Sequence[Tile], labels: Sequence[str]) -> UInt8Image:
    """Pictures with their boxes drawn, in rows.

    Args:
        tiles: what to show, at least one.
        labels: names of the classes; they are written at the boxes where there are several.

    Returns:
        uint8 (H, W, 3), BGR.
    """
    return sheet([_draw(tile, labels) for tile in tiles])


def draw_sample(dataset: BoxDataset, count: int, seed: int) -> list[Tile]:
    """Pictures drawn at random, the same ones for the same seed, in the order of the set."""
    return [Tile(dataset.images[row]) for row in draw_rows(len(dataset), count, seed)]


def find_extremes(dataset: BoxDataset, each: int = COLUMNS) -> list[Tile]:
    """Pictures with the smallest, largest, flattest and tallest boxes, where wrong labels show.

    Args:
        dataset: the set.
        each: pictures of each kind.

    Returns:
        Pictures with the one box in question only, seen close; empty where the set has no box.
    """
    objects = [image.objects for image in dataset.images]
    places = [(image, number) for image in objects for number in range(len(image.boxes))]
    if not places:
        return []
    extents = box_extents(dataset)
    pictures = np.array([image.width * image.height for image, _ in places])
    share, aspect = extents.prod(axis=1) / pictures, extents[:, 0] / extents[:, 1]
    orders: dict[str, npt.NDArray[np.float64]] = {
        "smallest": share,
        "largest": -share,
        "flattest": -aspect,
        "tallest": aspect,
    }
    tiles = []
    for word, values in orders.items():
        for row in np.argsort(values, kind="stable")[:each].tolist():
            image, number = places[row]
            alone = LabelledImage(
                image.path,
                image.width,
                image.height,
                image.boxes[[number]],
                image.class_ids[[number]],
            )
            width, height = extents[row]
            tiles.append(
                Tile(alone, f"{word}: {width:.0f}x{height:.0f} {image.path.name}", close=True)
            )
    return tiles


def _draw(tile: Tile, labels: Sequence[str]) -> UInt8Image:
    """One picture, letterboxed, with boxes and words. One that cannot be read is left grey."""
    loaded = cv2.imread(str(tile.image.path), cv2.IMREAD_COLOR)
    picture = np.full((TILE_HEIGHT, TILE_WIDTH, 3), 114, np.uint8)
    if loaded is not None:
        seen, boxes = _look_close(tile, np.asarray(loaded, np.uint8))
        picture, placement = letterbox(seen, TILE_WIDTH, TILE_HEIGHT)
        captions, colours = [], []
        for class_id in tile.image.class_ids.tolist():
            ignored = class_id == IGNORED
            name = "ignored" if ignored else labels[class_id]
            captions.append(name if ignored or len(labels) > 1 else "")
            colours.append(IGNORED_COLOUR if ignored else COLOURS[class_id % len(COLOURS)])
        picture = draw_boxes(picture, placement.to_input(boxes), captions, colours)
    return captioned(picture, tile.words or tile.image.path.name)


def _look_close(tile: Tile, picture: UInt8Image) -> tuple[UInt8Image, Boxes]:
    """What of the picture is shown, and the boxes in it."""
    boxes = tile.image.boxes
    if not (tile.close and len(boxes)):
        return picture, boxes
    left, top, right, bottom = view_round(boxes[0], tile.image.width, tile.image.height)
    corner = np.array([left, top, left, top], np.float32)
    return picture[top:bottom, left:right], boxes - corner
