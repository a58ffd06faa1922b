"""The confusion matrix and what follows from it: worked examples."""

from __future__ import annotations

import numpy as np
import pytest

from training.segmentation.metrics import Confusion

LABELS = ("road", "car", "sky")


def as_map(*rows):
    return np.array(rows, np.uint8)


def test_a_picture_by_hand():
    confusion = Confusion(LABELS)
    mask = as_map([0, 0, 0, 1], [1, 1, 255, 255])
    answer = as_map([0, 0, 1, 1], [1, 0, 0, 2])
    own = confusion.add(mask, answer)
    expected = [[2, 1, 0], [1, 2, 0], [0, 0, 0]]
    assert own.tolist() == expected
    assert confusion.pixels.tolist() == expected
    # road: 2 shared of 4 in either; car: 2 of 4; sky is in no mask.
    np.testing.assert_allclose(confusion.iou, [0.5, 0.5, np.nan])
    assert confusion.mean_iou == 0.5
    assert confusion.accuracy == pytest.approx(4 / 6)


def test_a_set_is_measured_over_all_its_pixels():
    """Not the mean of its pictures: a large picture counts more."""
    confusion = Confusion(("a", "b"))
    confusion.add(as_map([0] * 8), as_map([0] * 8))
    confusion.add(as_map([0, 1]), as_map([1, 1]))
    np.testing.assert_allclose(confusion.iou, [8 / 9, 1 / 2])
    assert confusion.mean_iou == pytest.approx((8 / 9 + 1 / 2) / 2)


def test_a_class_that_is_answered_where_it_is_not_counts_against_the_others():
    confusion = Confusion(LABELS)
    confusion.add(as_map([0, 0, 0, 0]), as_map([0, 0, 2, 2]))
    np.testing.assert_allclose(confusion.iou, [0.5, np.nan, np.nan])
    assert confusion.mean_iou == 0.5


def test_nothing_but_ignored_pixels():
    confusion = Confusion(LABELS)
    confusion.add(as_map([255, 255]), as_map([0, 1]))
    assert np.isnan(confusion.mean_iou)
    assert np.isnan(confusion.accuracy)


@pytest.mark.parametrize(
    ("mask", "answer", "message"),
    [
        (as_map([0, 1]), as_map([0]), r"expected an answer of shape \(1, 2\), got \(1, 1\)"),
        (as_map([0, 1]), as_map([0, 3]), "expected class ids below 3, got 1 in the mask and 3"),
        (as_map([0, 3]), as_map([0, 1]), "got 3 in the mask and 1 in the answer"),
    ],
)
def test_what_cannot_be_compared(mask, answer, message):
    with pytest.raises(ValueError, match=message):
        Confusion(LABELS).add(mask, answer)
