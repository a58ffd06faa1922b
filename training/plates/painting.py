"""Plates painted onto vehicles, so that the network meets more than the plates that were labelled.

Two labelled sets show motorbikes of two countries. Road scenes with boxes around vehicles, but none
around plates, are easy to come by: onto each vehicle large enough a plate is laid, drawn or cut out
of a labelled picture, in perspective and in the light of the scene. A vehicle's own plate is not
labelled, so the rest of it is marked as a region in which nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from training.boxes.augmentation import Sample, clip_boxes
from training.plates.targets import IGNORED
from vision.preprocessing import UInt8Image

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

WITHOUT_PLATE = frozenset(
    {"person", "human hauler", "bicycle", "rickshaw", "wheelbarrow", "pedestrian", "traffic light"}
)
"""Labels of road scenes that bear no plate; every other one is taken to be a vehicle."""

_LATIN = "ABCDEFGHJKLMNPRSTUVWXYZ"
_ARABIC = "ابجدرسصطعفقلمنهوي"
_ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
_FONTS = (
    "DejaVuSans-Bold.ttf",
    "DejaVuSans.ttf",
    "DejaVuSansMono-Bold.ttf",
    "DejaVuSerif-Bold.ttf",
)
_ARABIC_FONTS = _FONTS[:2]

# Background and letters, BGR: the common kinds of the world's plates.
_COLOURS = (
    ((245, 245, 245), (20, 20, 20)),
    ((240, 240, 240), (120, 30, 20)),
    ((245, 245, 245), (30, 100, 20)),
    ((40, 200, 245), (20, 20, 20)),
    ((25, 25, 25), (235, 235, 235)),
    ((150, 60, 20), (240, 240, 240)),
    ((60, 110, 30), (240, 240, 240)),
    ((40, 30, 170), (240, 240, 240)),
)
_ASPECTS = ((4.7, 0.3), (3.2, 0.4), (2.0, 0.25), (1.35, 0.15))
"""Width by height, and how much it varies: long, middle, North American, two rows."""

_MIN_WIDTH = 9
_LIGHT_OF_SCENE = 0.5
_ZOOMED_SIDE = 416
_NIGHT = 0.2


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
    if rng.random() < 0.5:
        scene = _come_closer(scene, labels, rng)
    image, boxes = scene.image.copy(), scene.boxes
    if rng.random() < _NIGHT:
        # Plates are laid on afterwards: they throw the headlights back.
        image = (image * rng.uniform(0.12, 0.5)).astype(np.uint8)
    plates, regions = [], []
    for box, class_id in zip(boxes, scene.class_ids, strict=True):
        if labels[class_id] in WITHOUT_PLATE:
            continue
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


def draw_plate(rng: np.random.Generator) -> UInt8Image:
    """A plate of no country: uint8 (h, w, 3), BGR, as it is seen from the front."""
    from PIL import Image, ImageDraw

    aspect, spread = _ASPECTS[rng.choice(len(_ASPECTS), p=(0.35, 0.2, 0.2, 0.25))]
    height = 64
    width = int(height * aspect * rng.uniform(1 - spread, 1 + spread))
    choice = rng.choice(len(_COLOURS), p=(0.42, 0.08, 0.06, 0.14, 0.1, 0.08, 0.06, 0.06))
    ground, ink = _COLOURS[choice]
    plate = Image.new("RGB", (width, height), ground[::-1])
    pen = ImageDraw.Draw(plate)
    if rng.random() < 0.7:
        inset = int(rng.integers(1, 5))
        pen.rectangle(
            (inset, inset, width - 1 - inset, height - 1 - inset), outline=ink[::-1], width=2
        )
    left = 0
    if aspect > 2.5 and rng.random() < 0.35:
        # The blue strip with the country's letters.
        left = int(height * 0.45)
        pen.rectangle((0, 0, left, height), fill=(20, 60, 160))
    top = 0
    if rng.random() < 0.3:
        # A coloured band above, or a small line of words.
        top = int(height * rng.uniform(0.15, 0.32))
        if rng.random() < 0.5:
            band = _COLOURS[rng.integers(5, len(_COLOURS))][0]
            pen.rectangle((left, 0, width, top), fill=band[::-1])
        else:
            _write(pen, _words(rng, 10), (left, 0, width, top), ink, rng)
    rows = 2 if width / height < 1.9 else 1
    for row in range(rows):
        step = (height - top) / rows
        place = (left, int(top + row * step), width, int(top + (row + 1) * step))
        _write(pen, _words(rng, int(rng.integers(3, 6)) if rows == 2 else 7), place, ink, rng)
    return np.ascontiguousarray(np.asarray(plate)[:, :, ::-1])


def _words(rng: np.random.Generator, count: int) -> str:
    if rng.random() < 0.2:
        letters = "".join(rng.choice(list(_ARABIC), 3))
        return f"{' '.join(letters)} {''.join(rng.choice(list(_ARABIC_DIGITS), count - 3 or 3))}"
    letters = "".join(rng.choice(list(_LATIN), max(1, count // 2 - 1)))
    digits = "".join(str(digit) for digit in rng.integers(0, 10, count - len(letters)))
    return f"{letters}{rng.choice(['-', ' ', '.', ''])}{digits}"


def _write(
    pen: object,
    words: str,
    place: tuple[int, int, int, int],
    ink: tuple[int, int, int],
    rng: np.random.Generator,
) -> None:
    """Writes words as large as the place allows."""
    left, top, right, bottom = place
    fonts = _FONTS if words.isascii() else _ARABIC_FONTS
    name = fonts[rng.integers(len(fonts))]
    probe = _font(name, 32).getbbox(words)
    wide, tall = max(1, probe[2] - probe[0]), max(1, probe[3] - probe[1])
    scale = min((right - left) * 0.88 / wide, (bottom - top) * 0.78 / tall)
    size = max(6, int(32 * scale))
    font = _font(name, size)
    bounds = font.getbbox(words)
    x = (left + right - bounds[0] - bounds[2]) / 2
    y = (top + bottom - bounds[1] - bounds[3]) / 2
    pen.text((x, y), words, fill=ink[::-1], font=font)  # type: ignore[attr-defined]


@lru_cache(maxsize=512)
def _font(name: str, size: int) -> FreeTypeFont:
    # Matplotlib brings these fonts along; they have Latin and Arabic letters.
    import matplotlib
    from PIL import ImageFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / name), size)


def _a_plate(cut_outs: Sequence[UInt8Image], rng: np.random.Generator) -> UInt8Image:
    if cut_outs and rng.random() < 0.4:
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
    width = vehicle_width * rng.uniform(0.14, 0.34) * min(1.0, 0.55 + aspect / 8)
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
