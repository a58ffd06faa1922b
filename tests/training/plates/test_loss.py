"""The loss: CIoU by worked examples, and what each part of the loss does."""

from __future__ import annotations

import math

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from training.overlap import iou  # noqa: E402
from training.plates.decoding import make_grid  # noqa: E402
from training.plates.loss import YoloLoss, complete_iou  # noqa: E402
from training.plates.network import COCO_ANCHORS  # noqa: E402
from training.plates.targets import IGNORED, TargetMaker  # noqa: E402

SIZE = 64
MAKER = TargetMaker(COCO_ANCHORS, classes=2, size=SIZE)
ANCHORS = 3 * (2 * 2 + 4 * 4)


def tensor(*boxes: tuple[float, ...]) -> object:
    return keras.ops.convert_to_tensor(np.array(boxes, np.float32))


def aspect_part(first: float, second: float, iou: float) -> float:
    """alpha * v of the paper's equations 8 to 10, for two aspect ratios (width by height)."""
    v = 4 / math.pi**2 * (math.atan(first) - math.atan(second)) ** 2
    return v / (1 - iou + v) * v if v else 0.0


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        # Half overlap beside each other: IoU 1/3, centres 5 apart, hull 15 x 10.
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3 - 25 / (225 + 100)),
        # Apart: no overlap, centres 20 apart, hull 30 x 10.
        ((0, 0, 10, 10), (20, 0, 30, 10), 0 - 400 / (900 + 100)),
        # One in the other, same centre and shape: only the overlap counts.
        ((0, 0, 10, 10), (2.5, 2.5, 7.5, 7.5), 0.25),
        # Same centre, other shape: 20 x 10 against 10 x 20, IoU 100 / 300.
        ((0, 5, 20, 15), (5, 0, 15, 20), 1 / 3 - aspect_part(2, 0.5, 1 / 3)),
    ],
)
def test_ciou_as_the_paper_has_it(found, wanted, expected):
    value = float(np.asarray(complete_iou(tensor(found), tensor(wanted)))[0])
    assert value == pytest.approx(expected, abs=1e-5)
    assert float(np.asarray(complete_iou(tensor(wanted), tensor(found)))[0]) == pytest.approx(
        value, abs=1e-5
    )


def test_overlaps_pair_by_pair():
    first = tensor((0, 0, 10, 10), (0, 0, 5, 10))
    second = tensor((0, 0, 10, 10), (5, 0, 15, 10), (50, 50, 60, 60))
    expected = [[1, 1 / 3, 0], [0.5, 0, 0]]
    np.testing.assert_allclose(np.asarray(iou(first, second)), expected, atol=1e-6)


def loss_of(target: np.ndarray, raw: np.ndarray, **weights: float) -> float:
    loss = YoloLoss(make_grid(COCO_ANCHORS, SIZE), **weights)
    return float(np.asarray(loss.call(target[None], keras.ops.convert_to_tensor(raw[None])))[0])


def perfect(target: np.ndarray, sure: float = 20.0) -> np.ndarray:
    """Raw answers that decode to exactly the target's boxes."""
    grid = make_grid(COCO_ANCHORS, SIZE)
    raw = np.zeros((ANCHORS, 7), np.float32)
    raw[:, 4] = -sure
    for row in np.flatnonzero(target[:ANCHORS, 4]):
        box = target[row, :4]
        centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        share = (centre / grid.strides[row] - grid.cells[row] + 0.025) / 1.05
        raw[row, :2] = np.log(share / (1 - share))
        raw[row, 2:4] = np.log(size / grid.sizes[row])
        raw[row, 4] = sure
        raw[row, 5:] = np.where(target[row, 6:] > 0, sure, -sure)
    return raw


BOX = np.array([[8, 8, 32, 36]], np.float32)


def test_a_perfect_answer_costs_nothing_and_any_change_costs():
    target = MAKER.make(BOX, np.array([1]))
    raw = perfect(target)
    assert loss_of(target, raw) == pytest.approx(0, abs=1e-3)
    positive = int(np.flatnonzero(target[:ANCHORS, 4])[0])
    for column in range(7):
        worse = raw.copy()
        worse[positive, column] -= np.sign(raw[positive, column]) * 21 if column >= 4 else 0.5
        assert loss_of(target, worse) > 0.01, f"column {column} does not count"


def test_a_false_alarm_costs_its_cross_entropy():
    target = MAKER.make(BOX, np.array([1]))
    raw = perfect(target)
    silent = int(np.flatnonzero(target[:ANCHORS, 4] == 0)[-1])
    raw[silent, 4] = 1.0
    assert loss_of(target, raw) == pytest.approx(math.log(1 + math.e), abs=1e-3)


def test_a_false_alarm_costs_nothing_where_nothing_is_known():
    target = MAKER.make(np.array([[0, 0, 64, 64]], np.float32), np.array([IGNORED]))
    assert loss_of(target, np.full((ANCHORS, 7), 1.0, np.float32)) == pytest.approx(0, abs=1e-6)


def test_a_second_anchor_with_nearly_the_same_box_is_not_taught_to_be_silent():
    maker = TargetMaker(COCO_ANCHORS, classes=2, size=SIZE, match_iou=1.0)
    target = maker.make(BOX, np.array([1]))
    raw = perfect(target)
    row = int(np.flatnonzero(target[:ANCHORS, 4])[0])
    neighbour = row + 1
    grid = make_grid(COCO_ANCHORS, SIZE)
    raw[neighbour] = raw[row]
    raw[neighbour, 2:4] += np.log(grid.sizes[row] / grid.sizes[neighbour])
    assert loss_of(target, raw) == pytest.approx(0, abs=1e-3)
    assert loss_of(target, raw, ignore_iou=1.1) == pytest.approx(20, abs=0.1)
