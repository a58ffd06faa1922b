"""The shipped model files: complete, and they find plates in pictures that anybody can draw."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from training.boxes.dataset import LabelledImage
from training.boxes.matching import match
from training.boxes.onnx_detector import OnnxDetector
from training.plates.drawn_plates import draw_plate

FOLDER = Path(__file__).resolve().parents[3] / "models" / "plates" / "1"
FILES = ("model.onnx", "model.int8.onnx")


def motorbike(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Something dark with a lamp above a plate, on grey ground: 320 x 480, and the plate's box."""
    rng = np.random.default_rng(seed)
    photo = np.full((320, 480, 3), rng.integers(110, 170), np.uint8)
    x, y = rng.integers(160, 320), rng.integers(110, 200)
    cv2.ellipse(photo, (int(x), int(y) - 30), (60, 90), 0, 0, 360, (35, 30, 30), -1)
    cv2.ellipse(photo, (int(x), int(y) + 70), (22, 60), 0, 0, 360, (25, 25, 25), -1)
    cv2.ellipse(photo, (int(x), int(y) - 60), (25, 12), 0, 0, 360, (60, 40, 220), -1)
    plate = draw_plate(rng)
    while not 1.2 < plate.shape[1] / plate.shape[0] < 1.6 or plate.mean() < 150:
        plate = draw_plate(rng)
    width, height = 74, int(74 * plate.shape[0] / plate.shape[1])
    left, top = int(x) - width // 2, int(y) - height // 2
    photo[top : top + height, left : left + width] = cv2.resize(
        plate, (width, height), interpolation=cv2.INTER_AREA
    )
    blurred = cv2.GaussianBlur(photo, (0, 0), 0.8)
    noisy = blurred + rng.normal(0, 4, photo.shape)
    box = np.array([left, top, left + width, top + height], np.float32)
    return np.clip(noisy, 0, 255).astype(np.uint8), box


@pytest.fixture(scope="module", params=FILES)
def detector(request: pytest.FixtureRequest) -> OnnxDetector:
    return OnnxDetector(FOLDER / request.param, "plates")


def test_it_finds_drawn_plates(detector):
    found = 0
    for seed in range(20):
        photo, box = motorbike(seed)
        image = LabelledImage(Path("drawn"), 480, 320, box[None], np.array([0]))
        answer = detector.detect(photo)
        found += not match(image, answer).missed.size
        assert len(answer) <= 3, "false alarms"
    assert found >= 16


def test_it_finds_nothing_where_there_is_nothing(detector):
    for level in (0, 114, 255):
        assert len(detector.detect(np.full((300, 400, 3), level, np.uint8))) == 0


def test_both_files_say_the_same_of_themselves():
    first, second = (OnnxDetector(FOLDER / name, "plates").spec for name in FILES)
    assert first == second
    assert first.labels == ("plate",)
    assert (first.input_width, first.input_height, first.colour_order) == (416, 416, "RGB")
    assert set(first.training_data) >= {"green_parking", "egypt_motorcycle"}
    assert first.scores["green_parking AP50"] > 0.99


def test_the_files_are_as_small_as_a_repository_wants_them():
    for name in FILES:
        assert (FOLDER / name).stat().st_size < 25e6
