"""The shipped model files: complete, and they see a street in what anybody can draw."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from training.segmentation.metrics import Confusion
from training.segmentation.onnx_segmenter import OnnxSegmenter
from vision.segmenter_input import segmenter_input

FOLDER = Path(__file__).resolve().parents[3] / "models" / "segmentation" / "1"
FILES = ("model.onnx", "model.int8.onnx")


LABELS = (
    "Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car",
    "Pedestrian", "Bicyclist",
)  # fmt: skip
SKY, BUILDING, ROAD, PAVEMENT = (
    LABELS.index(name) for name in ("Sky", "Building", "Road", "Pavement")
)


def street(seed: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """A street between two rows of houses below a bright sky: 360 x 480, BGR, and its mask."""
    rng = np.random.default_rng(seed)
    horizon = int(rng.integers(160, 190))
    middle = int(rng.integers(210, 270))
    photo = np.full((360, 480, 3), (245, 240, 235), np.uint8)
    mask = np.full((360, 480), SKY, np.uint8)
    for side in (0, 480):
        brick = tuple(int(v) for v in rng.integers((50, 60, 90), (80, 90, 150)))
        near, far = int(rng.integers(10, 60)), horizon - int(rng.integers(20, 40))
        row = [(side, near), (middle, far), (middle, horizon + 4), (side, horizon + 110)]
        cv2.fillPoly(photo, [np.array(row)], brick)
        cv2.fillPoly(mask, [np.array(row)], BUILDING)
        for share in np.linspace(0.05, 0.8, 9):
            x = int(side + share * (middle - side))
            top = near + share * (far - near)
            bottom = horizon + 110 - share * 106
            for low, high in ((0.15, 0.35), (0.5, 0.7)):
                y1, y2 = (int(top + part * (bottom - top)) for part in (low, high))
                width = max(2, int(12 * (1 - share)))
                cv2.rectangle(photo, (x - width, y1), (x + width, y2), (60, 55, 50), -1)
    ground = [(0, horizon + 110), (middle, horizon), (480, horizon + 110), (480, 360), (0, 360)]
    cv2.fillPoly(photo, [np.array(ground)], (150, 155, 160))
    cv2.fillPoly(mask, [np.array(ground)], PAVEMENT)
    road = [(middle - 4, horizon + 2), (middle + 4, horizon + 2), (470, 360), (10, 360)]
    cv2.fillPoly(photo, [np.array(road)], (95, 92, 90))
    cv2.fillPoly(mask, [np.array(road)], ROAD)
    for start in (0.25, 0.5, 0.8):
        y1, y2 = (int(horizon + part * (360 - horizon)) for part in (start, start + 0.1))
        cv2.line(photo, (middle, y1), (middle, y2), (220, 220, 220), 1 + int(4 * start))
    blurred = cv2.GaussianBlur(photo, (0, 0), 1.0)
    return np.clip(blurred + rng.normal(0, 6, photo.shape), 0, 255).astype(np.uint8), mask


@pytest.fixture(scope="module", params=FILES)
def segmenter(request: pytest.FixtureRequest) -> OnnxSegmenter:
    return OnnxSegmenter(FOLDER / request.param)


def test_it_sees_drawn_streets(segmenter):
    confusion = Confusion(LABELS)
    ahead = []
    for seed in range(8):
        photo, mask = street(seed)
        pixels, region = segmenter_input(photo, segmenter.spec)
        (ids,), _ = segmenter.run(pixels[None])
        assert (region.width, region.height) == (480, 360), "the size that CamVid has, unscaled"
        answer = ids[region.top : region.top + 360, region.left : region.left + 480]
        ahead.append(answer[280:, 200:280])
        # A pavement without kerb or slabs is hard to tell from a road.
        mask, answer = (np.where(ids == PAVEMENT, ROAD, ids) for ids in (mask, answer))
        confusion.add(mask.astype(np.uint8), answer.astype(np.uint8))
    assert confusion.iou[SKY] > 0.9
    assert confusion.iou[BUILDING] > 0.7
    assert confusion.iou[ROAD] > 0.7
    assert (np.stack(ahead) == ROAD).mean() > 0.95


def test_both_files_say_the_same_of_themselves():
    first, second = (OnnxSegmenter(FOLDER / name).spec for name in FILES)
    assert first == second
    assert first.labels == LABELS
    assert (first.input_width, first.input_height, first.colour_order) == (480, 384, "RGB")
    assert first.segmenter is not None
    assert first.segmenter.drivable == ("Road",)
    assert set(first.training_data) >= {"camvid"}
    assert first.scores["camvid/test mIoU"] > 0.6


def test_the_files_are_as_small_as_a_repository_wants_them():
    for name in FILES:
        assert (FOLDER / name).stat().st_size < 25e6
