"""Which anchors are objects, background, or neither."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pycocotools")

from training.boxes.dataset import IGNORED
from training.detection.anchors import AnchorLevel
from training.detection.targets import BACKGROUND, NOTHING, OBJECT, AnchorSampler

ANCHORS = AnchorLevel(10, (20,), (1,)).boxes(40)  # 16 squares of 20, 10 apart, from (-5, -5)


def kinds_of(boxes, class_ids, **options):
    sampler = AnchorSampler(ANCHORS, count=16, object_share=1.0, **options)
    drawn = sampler.draw(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(class_ids, np.int64),
        np.random.default_rng(0),
    )
    kinds = np.full(16, NOTHING)
    here = drawn.kinds != NOTHING
    kinds[drawn.rows[here]] = drawn.kinds[here]
    return kinds.reshape(4, 4), drawn


def test_an_exact_fit_its_neighbours_and_the_rest():
    # The anchor in row 1, column 1. Beside it half is shared, IoU 1/3; diagonally a quarter, 1/7.
    kinds, drawn = kinds_of([[5, 5, 25, 25]], [0])
    expected = np.zeros((4, 4), int)
    expected[1, 1] = OBJECT
    expected[[0, 2, 1, 1], [1, 1, 0, 2]] = NOTHING
    np.testing.assert_array_equal(kinds, expected)
    np.testing.assert_array_equal(drawn.boxes[drawn.kinds == OBJECT], [[5, 5, 25, 25]])


def test_no_object_goes_without():
    # A small box: its best overlap is 16 / 400, with the one anchor that has all of it.
    kinds, _ = kinds_of([[0, 0, 4, 4]], [0])
    assert kinds[0, 0] == OBJECT
    assert (kinds == OBJECT).sum() == 1


def test_nothing_is_taught_in_an_ignored_region():
    kinds, _ = kinds_of([[20, -5, 45, 45]], [IGNORED])
    # Columns of 15 to 35 and of 25 to 45 lie in it by three quarters and whole; 5 to 25 by one.
    np.testing.assert_array_equal(kinds[:, 2:], NOTHING)
    np.testing.assert_array_equal(kinds[:, :2], BACKGROUND)


def test_an_empty_picture_is_background():
    kinds, drawn = kinds_of([], [])
    np.testing.assert_array_equal(kinds, BACKGROUND)
    np.testing.assert_array_equal(drawn.boxes, ANCHORS[drawn.rows])


def test_at_most_the_share_of_objects_and_as_many_as_wanted():
    anchors = AnchorLevel(4, (8,), (1,)).boxes(32)
    truths = anchors[::3]
    drawn = AnchorSampler(anchors, count=10, object_share=0.5).draw(
        truths, np.zeros(len(truths), np.int64), np.random.default_rng(3)
    )
    assert (drawn.kinds == OBJECT).sum() == 5
    assert (drawn.kinds == BACKGROUND).sum() <= 5
    assert len(drawn.rows) == len(drawn.kinds) == len(drawn.boxes) == 10
