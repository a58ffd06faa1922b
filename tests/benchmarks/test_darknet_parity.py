"""How answers are compared: only what one of the two takes for likely, and that strictly."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.darknet_parity import compare
from training.errors import TrainingError


def answers(scores, side=10.0):
    """One picture with three boxes; their scores for one class."""
    boxes = np.array([[[0, 0, side, 10], [5, 5, 25, 25], [1, 1, 2, 2]]], np.float32)
    return boxes, np.array(scores, np.float32).reshape(1, 3, 1)


def test_the_same_answers():
    found = compare("b", answers([0.9, 0.5, 0.0]), answers([0.9, 0.5, 0.1]))
    # The third is below OpenCV's threshold, which answers 0 there.
    assert (found.compared, found.box, found.score) == (2, 0.0, 0.0)
    assert found.passed


@pytest.mark.parametrize(
    ("other", "box", "score"),
    [
        (answers([0.9, 0.5, 0.0], side=11.5), 1.5, 0.0),
        (answers([0.9, 0.45, 0.0]), 0.0, 0.05),
        (answers([0.9, 0.0, 0.0]), 0.0, 0.5),
    ],
)
def test_other_answers(other, box, score):
    found = compare("b", other, answers([0.9, 0.5, 0.0]))
    assert found.box == pytest.approx(box)
    assert found.score == pytest.approx(score)
    assert not found.passed


def test_without_a_likely_box_nothing_is_shown():
    found = compare("b", answers([0.1, 0.1, 0.1]), answers([0.1, 0.1, 0.1]))
    assert found.compared == 0
    assert not found.passed


def test_other_shapes():
    boxes, scores = answers([0.9, 0.5, 0.0])
    with pytest.raises(TrainingError, match="expected shapes"):
        compare("b", (boxes[:, :2], scores[:, :2]), (boxes, scores))
