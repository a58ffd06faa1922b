"""The shipped model files: complete, and they find cars in what anybody can draw."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from training.boxes.class_map import ClassMap
from training.boxes.dataset import LabelledImage
from training.boxes.matching import match
from training.boxes.onnx_detector import OnnxDetector
from training.detection.road_classes import ROAD_CLASSES
from vision.preprocessing import UInt8Image

FOLDER = Path(__file__).resolve().parents[3] / "models" / "detection" / "1"
FILES = ("model.onnx", "model.int8.onnx")
PAINTS = ((200, 200, 205), (60, 60, 165), (50, 48, 46), (150, 110, 60))
HORIZON = 168


def empty_road(rng: np.random.Generator) -> UInt8Image:
    """A road between meadows and trees: 400 x 640, BGR."""
    road = np.empty((400, 640, 3), np.uint8)
    road[:HORIZON] = np.linspace((235, 215, 190), (245, 238, 230), HORIZON)[:, None]
    road[HORIZON:] = np.linspace((110, 110, 108), (85, 85, 84), 400 - HORIZON)[:, None]
    for side, edge, far in ((0, 32, 307), (640, 608, 333)):
        meadow = [(side, HORIZON), (side, 400), (edge, 400), (far, HORIZON)]
        cv2.fillPoly(road, [np.array(meadow)], (70, 110, 80))
    for x in range(0, 640, 18):
        if abs(x - 320) > 20:
            radius = int(rng.integers(14, 34))
            green = tuple(int(value) for value in rng.integers((30, 60, 35), (60, 95, 60)))
            cv2.circle(road, (x, HORIZON - radius // 3), radius, green, -1)
    for share in np.linspace(0.05, 1, 8) ** 1.6:
        y = int(HORIZON + share * (400 - HORIZON))
        end = (320, y + int(2 + 26 * share))
        cv2.line(road, (320, y), end, (225, 225, 225), 1 + int(5 * share))
    return road


def draw_car(
    road: UInt8Image, middle: int, bottom: int, width: int, paint: tuple[int, int, int]
) -> list[int]:
    """Draws a car from behind; returns its box."""
    height = round(0.78 * width)
    left, top = middle - width // 2, bottom - height

    def fill(colour: tuple[int, ...], *corners: tuple[float, float]) -> None:
        points = [(int(left + x * width), int(top + y * height)) for x, y in corners]
        cv2.fillPoly(road, [np.array(points)], colour, cv2.LINE_AA)

    def plate(colour: tuple[int, ...], x1: float, y1: float, x2: float, y2: float) -> None:
        fill(colour, (x1, y1), (x2, y1), (x2, y2), (x1, y2))

    shaded = road.copy()
    axes = (int(0.56 * width), int(0.07 * height))
    cv2.ellipse(shaded, (middle, int(top + 0.985 * height)), axes, 0, 0, 360, (25, 25, 25), -1)
    cv2.addWeighted(shaded, 0.75, road, 0.25, 0, road)
    light = tuple(min(255, int(value * 1.18 + 12)) for value in paint)
    for x in (0.06, 0.76):
        plate((22, 22, 22), x, 0.72, x + 0.18, 1)
    shoulders = ((0.92, 0.42), (0.98, 0.5), (0.98, 0.86), (0.02, 0.86), (0.02, 0.5), (0.08, 0.42))
    fill(paint, (0.2, 0.03), (0.8, 0.03), *shoulders)
    fill((62, 52, 45), (0.22, 0.1), (0.78, 0.1), (0.87, 0.38), (0.13, 0.38))
    fill((95, 84, 76), (0.24, 0.12), (0.5, 0.12), (0.36, 0.36), (0.16, 0.36))
    plate(light, 0.02, 0.5, 0.98, 0.54)
    for x in (0.03, 0.79):
        plate((30, 25, 190), x, 0.5, x + 0.18, 0.64)
    plate(tuple(int(value * 0.62) for value in paint), 0.02, 0.72, 0.98, 0.88)
    plate((235, 235, 235), 0.36, 0.58, 0.64, 0.67)
    plate((60, 60, 60), 0.4, 0.6, 0.6, 0.65)
    return [left, top, left + width, bottom]


def two_cars(seed: int) -> tuple[UInt8Image, npt.NDArray[np.float32]]:
    """A road with a car on each side, and their boxes."""
    rng = np.random.default_rng(seed)
    road = empty_road(rng)
    boxes = []
    for middle in (190, 450):
        bottom = int(rng.integers(295, 360))
        width = int((bottom - HORIZON) * rng.uniform(0.95, 1.15))
        paint = PAINTS[int(rng.integers(len(PAINTS)))]
        boxes.append(draw_car(road, middle + int(rng.integers(-20, 20)), bottom, width, paint))
    noisy = cv2.GaussianBlur(road, (0, 0), 0.9) + rng.normal(0, 4, road.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), np.array(boxes, np.float32)


@pytest.fixture(scope="module", params=FILES)
def detector(request: pytest.FixtureRequest) -> OnnxDetector:
    return OnnxDetector(FOLDER / request.param, "detection")


def test_it_finds_drawn_cars(detector):
    car = detector.spec.labels.index("car")
    missed = 0
    for seed in range(10):
        photo, boxes = two_cars(seed)
        image = LabelledImage(Path("drawn"), 640, 400, boxes, np.full(2, car))
        missed += match(image, detector.detect(photo, score_threshold=0.3)).missed.size
    assert missed <= 2


def test_an_empty_road_has_no_cars(detector):
    car = detector.spec.labels.index("car")
    for seed in range(10):
        found = detector.detect(empty_road(np.random.default_rng(seed)), score_threshold=0.4)
        assert car not in found.class_ids


def test_both_files_say_the_same_of_themselves():
    first, second = (OnnxDetector(FOLDER / name, "detection").spec for name in FILES)
    assert first == second
    assert first.labels == tuple(ClassMap.read(ROAD_CLASSES).classes)
    assert first.colour_order == "RGB"
    assert set(first.training_data) >= {"highway_id", "road_bd"}
    assert first.scores["highway_id/val AP"] > 0.4


def test_the_files_are_as_small_as_a_repository_wants_them():
    for name in FILES:
        assert (FOLDER / name).stat().st_size < 25e6
