"""Targets: which anchors have to find which box."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras")

from training.plates.network import COCO_ANCHORS
from training.plates.targets import IGNORED, TargetMaker

MAKER = TargetMaker(COCO_ANCHORS, classes=2, size=416, match_iou=1.0)
COARSE = 3 * 13 * 13


def make(*boxes: tuple[float, float, float, float, int], maker: TargetMaker = MAKER) -> np.ndarray:
    values = np.array(boxes, np.float32).reshape(-1, 5)
    return maker.make(values[:, :4], values[:, 4].astype(np.int64))


@pytest.mark.parametrize(
    ("width", "height", "centre", "index"),
    [
        # Anchors of the coarse head: 81x82, 135x169, 344x319; of the fine one: 23x27, 37x58, 81x82.
        (24, 26, (100, 60), COARSE + (3 * 26 + 6) * 3 + 0),
        (40, 60, (100, 60), COARSE + (3 * 26 + 6) * 3 + 1),
        (130, 160, (100, 60), (1 * 13 + 3) * 3 + 1),
        (320, 320, (208, 208), (6 * 13 + 6) * 3 + 2),
        # A box whose centre is on the right edge belongs to the last cell.
        (24, 26, (416, 416), COARSE + (25 * 26 + 25) * 3 + 0),
    ],
)
def test_a_box_is_given_to_the_best_anchor_of_its_cell(width, height, centre, index):
    x, y = centre
    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    target = make((*box, 1))
    assert np.flatnonzero(target[:2535, 4]).tolist() == [index]
    np.testing.assert_allclose(target[index], [*box, 1, 1, 0, 1])


def test_further_anchors_of_a_like_shape_find_it_too():
    maker = TargetMaker(COCO_ANCHORS, classes=2, size=416, match_iou=0.213)
    target = make((80, 20, 120, 80, 0), maker=maker)
    # 40 x 60: 37x58 fits with 0.89, 23x27 with 0.26, 81x82 with 0.36 in either head.
    found = np.flatnonzero(target[:2535, 4]).tolist()
    cell = COARSE + (3 * 26 + 6) * 3
    assert found == [(1 * 13 + 3) * 3 + 0, cell, cell + 1, cell + 2]


def test_of_two_boxes_that_want_one_anchor_the_smaller_has_it():
    large, small = (80, 40, 120, 100, 0), (82, 44, 118, 96, 1)
    for boxes in ([large, small], [small, large]):
        target = make(*boxes)
        row = np.flatnonzero(target[:2535, 4])
        assert len(row) == 1
        np.testing.assert_allclose(target[row[0]], [*small[:4], 1, 1, 0, 1])


def test_in_a_region_of_which_nothing_is_known_no_anchor_is_taught_to_be_silent():
    target = make((0, 0, 64, 64, IGNORED))
    may_be_negative = target[:2535, 5]
    coarse = may_be_negative[:COARSE].reshape(13, 13, 3)
    assert (coarse[:2, :2] == 0).all()
    assert coarse.sum() == (13 * 13 - 4) * 3
    assert may_be_negative[COARSE:].sum() == (26 * 26 - 16) * 3
    assert target[:2535, 4].sum() == 0
    assert (target[2535:] == 0).all()


def test_a_plate_in_such_a_region_is_to_be_found_all_the_same():
    target = make((0, 0, 64, 64, IGNORED), (20, 20, 44, 46, 0))
    assert target[:2535, 4].sum() == 1
    np.testing.assert_allclose(target[2535, :4], [20, 20, 44, 46])


def test_more_boxes_than_there_is_room_for_are_still_to_be_found():
    maker = TargetMaker(COCO_ANCHORS, classes=2, size=416, match_iou=1.0, max_truths=2)
    boxes = [(30 * n, 30 * n, 30 * n + 24, 30 * n + 26, 0) for n in range(5)]
    target = make(*boxes, maker=maker)
    assert target.shape == (2535 + 2, 8)
    assert target[:2535, 4].sum() == 5


def test_a_picture_without_boxes_is_all_negative():
    target = make()
    assert target[:2535, 5].all()
    assert target[:2535, 4].sum() == 0
