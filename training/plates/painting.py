"""Plates painted onto vehicles, so that the network meets more than the plates that were labelled.

Two labelled sets show motorbikes of two countries. Road scenes with boxes around vehicles, but none
around plates, are easy to come by: onto each vehicle large enough a plate is laid, drawn or cut out
of a labelled picture, in perspective and in the light of the scene. A vehicle's own plate is not
labelled, so the rest of it is marked as a region in which nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from training.boxes.augmentation import Sample, clip_boxes
from training.boxes.dataset import IGNORED, Boxes
from training.plates.drawn_plates import draw_plate
from vision.preprocessing import UInt8Image

WITHOUT_PLATE = frozenset(
    {"person", "human hauler", "bicycle", "rickshaw", "wheelbarrow", "pedestrian", "traffic light"}
)
"""Labels of road scenes that bear no plate; every other one is taken to be a vehicle."""

_MIN_WIDTH = 9
_LIGHT_OF_SCENE = 0.5
_ZOOMED_SIDE = 416
_NIGHT = 0.3
_MIN_LIT_WIDTH = 24


def paint_plates(
    scene: Sample,
    labels: Sequence[str],
    cut_outs: Sequence[UInt8Image],
    rng: np.random.Generator,
) -> Sample:
    """A road scene with a plate on most of its vehicles.

    Args:
        scene: a picture with boxes around vehicles and others.
        labels: names of the scene's classes, by class id.
        cut_outs: labelled plates cut out of pictures: uint8 (h, w, 3), BGR.
        rng: of all randomness.

    Returns:
        The picture with its plates as class 0, and each vehicle as :data:`IGNORED`.
    """
    if rng.random() < 0.65:
        scene = _come_closer(scene, labels, rng)
    image = scene.image.copy()
    vehicles = [
        box
        for box, class_id in zip(scene.boxes, scene.class_ids, strict=True)
        if labels[class_id] not in WITHOUT_PLATE
    ]
    if rng.random() < _NIGHT:
        # Plates are laid on afterwards: they throw the headlights back.
        image = _by_night(image, vehicles, rng)
    plates, regions = [], []
    for box in vehicles:
        # A plate may be a little below a loosely drawn box.
        regions.append(box + np.array([-2, -2, 2, 4], np.float32))
        if rng.random() < 0.85:
            plate = _lay_on(image, box, _a_plate(cut_outs, rng), rng)
            if plate is not None:
                plates.append(plate)
    boxes = np.array(plates + regions, np.float32).reshape(-1, 4)
    class_ids = np.array([0] * len(plates) + [IGNORED] * len(regions), np.int64)
    height, width = image.shape[:2]
    boxes = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
    return Sample(image, boxes, class_ids)


def _come_closer(scene: Sample, labels: Sequence[str], rng: np.random.Generator) -> Sample:
    """A part of the scene around one of its vehicles, enlarged."""
    vehicles = [
        box
        for box, class_id in zip(scene.boxes, scene.class_ids, strict=True)
        if labels[class_id] not in WITHOUT_PLATE and box[2] - box[0] > 50
    ]
    if not vehicles:
        return scene
    box = vehicles[rng.integers(len(vehicles))]
    height, width = scene.image.shape[:2]
    side = float(max(box[2:] - box[:2]) * rng.uniform(1.1, 3.0))
    middle = (box[:2] + box[2:]) / 2 + rng.uniform(-0.25, 0.25, 2) * side
    left, top = np.clip(middle - side / 2, 0, (width - 1, height - 1)).astype(int)
    right, bottom = min(width, int(left + side)), min(height, int(top + side))
    scale = _ZOOMED_SIDE / max(right - left, bottom - top)
    kept, boxes = clip_boxes(scene.boxes, (left, top, right, bottom), 0.2)
    part = cv2.resize(scene.image[top:bottom, left:right], None, fx=scale, fy=scale)
    offset = np.array([left, top, left, top], np.float32)
    return Sample(
        np.asarray(part, np.uint8),
        ((boxes - offset) * scale).astype(np.float32),
        scene.class_ids[kept],
    )


def _by_night(image: UInt8Image, vehicles: Sequence[Boxes], rng: np.random.Generator) -> UInt8Image:
    """The picture dark, in the colour of its lamps, with the vehicles' lights shining."""
    tint = rng.uniform(0.6, 1.4, 3) if rng.random() < 0.6 else np.ones(3)
    dark = image.astype(np.float32) * (rng.uniform(0.1, 0.6) * tint).astype(np.float32)
    for x_min, y_min, x_max, y_max in vehicles:
        width, height = x_max - x_min, y_max - y_min
        if width < _MIN_LIT_WIDTH or rng.random() < 0.3:
            continue
        colour = rng.uniform((60, 20, 160), (255, 160, 255)).astype(np.float32)
        radius = max(1.0, width * rng.uniform(0.04, 0.16))
        y = y_min + height * rng.uniform(0.4, 0.7)
        for x in (x_min + 0.12 * width, x_max - 0.12 * width):
            _shine(dark, (float(x), float(y)), radius, colour)
    return np.clip(dark, 0, 255).astype(np.uint8)


def _shine(
    image: npt.NDArray[np.float32],
    centre: tuple[float, float],
    radius: float,
    colour: npt.NDArray[np.float32],
) -> None:
    """Adds a lamp to a picture, in place: a bright core in a wide halo."""
    reach = 5 * radius
    left, top = (max(0, int(value - reach)) for value in centre)
    right, bottom = (max(0, int(value + reach)) for value in centre)
    part = image[top:bottom, left:right]
    row, column = np.ogrid[: part.shape[0], : part.shape[1]]
    squares = (column + left - centre[0]) ** 2 + (row + top - centre[1]) ** 2
    apart = (squares / radius**2).astype(np.float32)
    glow = np.exp(-apart) + np.float32(0.35) / (1 + apart) * np.clip(1 - apart / 25, 0, 1)
    part += glow[..., None] * colour


def _a_plate(cut_outs: Sequence[UInt8Image], rng: np.random.Generator) -> UInt8Image:
    if cut_outs and rng.random() < 0.3:
        return cut_outs[int(rng.integers(len(cut_outs)))]
    return draw_plate(rng)


def _lay_on(
    image: UInt8Image, box: npt.NDArray[np.float32], plate: UInt8Image, rng: np.random.Generator
) -> npt.NDArray[np.float32] | None:
    """Lays a plate on a vehicle, in place; returns its box, or None where it would be too small."""
    x_min, y_min, x_max, y_max = box
    vehicle_width, vehicle_height = x_max - x_min, y_max - y_min
    aspect = plate.shape[1] / plate.shape[0]
    # A long plate takes about a quarter of a car's width; a two-row one is narrower.
    width = vehicle_width * rng.uniform(0.14, 0.42) * min(1.0, 0.55 + aspect / 8)
    height = width / aspect
    if width < _MIN_WIDTH or height < 4 or height > vehicle_height / 2:
        return None
    centre_x = x_min + vehicle_width * np.clip(rng.normal(0.5, 0.16), 0.2, 0.8)
    centre_y = y_min + vehicle_height * np.clip(rng.normal(0.7, 0.12), 0.4, 0.92)
    corners = _seen_from_somewhere(width, height, rng) + np.array([centre_x, centre_y])
    low, high = corners.min(0), corners.max(0)
    if (low < 1).any() or high[0] > image.shape[1] - 1 or high[1] > image.shape[0] - 1:
        return None
    _blend(image, plate, corners.astype(np.float32), rng)
    return np.concatenate([low, high]).astype(np.float32)


def _seen_from_somewhere(
    width: float, height: float, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Corners of a plate around (0, 0), turned, sheared and narrowed: (4, 2), from upper left."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, height / 2)
    corners[:, 0] *= rng.uniform(0.6, 1.0) if rng.random() < 0.4 else 1.0
    slant = np.deg2rad(rng.normal(0, 7))
    corners[:, 1] += corners[:, 0] * np.tan(slant)
    corners[:, 0] += corners[:, 1] * np.tan(np.deg2rad(rng.normal(0, 5)))
    # One end farther away than the other.
    nearer = rng.normal(0, 0.06)
    corners[:, 1] *= 1 + nearer * np.sign(corners[:, 0])
    return corners


def _blend(
    image: UInt8Image,
    plate: UInt8Image,
    corners: npt.NDArray[np.float32],
    rng: np.random.Generator,
) -> None:
    """Warps a plate onto a picture, in place, as bright, soft and noisy as what is there."""
    low = np.floor(corners.min(0)).astype(int) - 2
    high = np.ceil(corners.max(0)).astype(int) + 3
    low = np.maximum(low, 0)
    high = np.minimum(high, (image.shape[1], image.shape[0]))
    around = image[low[1] : high[1], low[0] : high[0]]
    plate = _at_scale(plate, corners)
    tall, wide = plate.shape[:2]
    source = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners - low.astype(np.float32))
    size = (around.shape[1], around.shape[0])
    lit = plate.astype(np.float32) * _light(around, rng)
    laid = cv2.warpPerspective(lit, matrix, size, flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(np.ones((tall, wide), np.float32), matrix, size)
    if rng.random() < 0.6:
        deviation = float(rng.uniform(0.3, 1.1))
        laid = cv2.GaussianBlur(laid, (0, 0), deviation)
        cover = cv2.GaussianBlur(cover, (0, 0), deviation)
        mixed = laid + around * (1 - cover[..., None])
    else:
        mixed = laid + around * (1 - cover[..., None])
    mixed += rng.normal(0, rng.uniform(0, 6), mixed.shape)
    image[low[1] : high[1], low[0] : high[0]] = np.clip(mixed, 0, 255).astype(np.uint8)


def _at_scale(plate: UInt8Image, corners: npt.NDArray[np.float32]) -> UInt8Image:
    """The plate at about the size it will have: a warp that shrinks would leave out pixels."""
    width = float(np.linalg.norm(corners[1] - corners[0]))
    height = float(np.linalg.norm(corners[3] - corners[0]))
    size = (max(3, round(width)), max(3, round(height)))
    if size[0] >= plate.shape[1] or size[1] >= plate.shape[0]:
        return plate
    return np.asarray(cv2.resize(plate, size, interpolation=cv2.INTER_AREA), np.uint8)


def _light(around: UInt8Image, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """What a white plate is multiplied by there: the scene's brightness and tint, loosely."""
    level = float(np.percentile(around, 85)) / 255
    bright = _LIGHT_OF_SCENE * level + (1 - _LIGHT_OF_SCENE) * rng.uniform(0.5, 1.5)
    tint = around.reshape(-1, 3).mean(0) / max(1.0, float(around.mean()))
    return np.asarray(bright * (1 + 0.3 * (tint - 1)), np.float32)
