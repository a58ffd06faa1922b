"""The pixel losses: worked examples."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras")

from keras.ops import convert_to_tensor

from training.segmentation.losses import PixelLoss, balanced_weights


def loss_of(loss, mask, scores):
    return float(loss(convert_to_tensor([mask], "uint8"), convert_to_tensor([scores], "float32")))


def entropy(scores, wanted):
    return float(np.log(np.exp(scores).sum()) - scores[wanted])


def test_cross_entropy_is_the_mean_of_the_known_pixels():
    scores = [[[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [[0.0, 0.0, 0.0], [9.0, 9.0, -9.0]]]
    mask = [[0, 2], [1, 255]]
    expected = np.mean(
        [entropy(scores[0][0], 0), entropy(scores[0][1], 2), entropy(scores[1][0], 1)]
    )
    assert loss_of(PixelLoss((1, 1, 1)), mask, scores) == pytest.approx(expected, rel=1e-5)


def test_classes_count_by_their_weights():
    scores = [[[1.0, 0.0], [0.0, 3.0]]]
    one, other = entropy(scores[0][0], 0), entropy(scores[0][1], 1)
    expected = (1 * one + 3 * other) / 4
    assert loss_of(PixelLoss((1, 3)), [[0, 1]], scores) == pytest.approx(expected, rel=1e-5)


def test_one_class_by_a_sigmoid():
    scores = [[[2.0], [-1.0], [5.0]]]
    expected = (np.log(1 + np.exp(-2.0)) + np.log(1 + np.exp(-1.0))) / 2
    assert loss_of(PixelLoss((1, 1)), [[1, 0, 255]], scores) == pytest.approx(expected, rel=1e-5)


def test_dice_beside_it():
    """Two pixels, sure of the first class: of that 2 * 1 + 1 of 3 + 1, of the other 1 of 1 + 1."""
    scores = [[[50.0, 0.0], [50.0, 0.0]]]
    plain = loss_of(PixelLoss((1, 1)), [[0, 1]], scores)
    dice = ((1 - 3 / 4) + (1 - 1 / 2)) / 2
    assert plain == pytest.approx(25.0)
    both = loss_of(PixelLoss((1, 1), dice=2.0), [[0, 1]], scores)
    assert both == pytest.approx(plain + 2 * dice, rel=1e-5)


def test_a_picture_of_which_nothing_is_known():
    assert loss_of(PixelLoss((1, 1), dice=1.0), [[255, 255]], [[[1.0, 2.0]] * 2]) == 0.0


@pytest.mark.parametrize(
    ("pixels", "balance", "expected"),
    [
        ((800, 100, 100), 0.0, (1, 1, 1)),
        # The median share is 0.2.
        ((400, 100, 200), 1.0, (0.5, 2.0, 1.0)),
        ((400, 100, 200), 0.5, (0.5**0.5, 2.0**0.5, 1.0)),
        # A class that is nowhere does not move the median.
        ((400, 0, 100, 200), 1.0, (0.5, 1.0, 2.0, 1.0)),
        ((0, 0), 1.0, (1, 1)),
    ],
)
def test_median_frequency_balancing(pixels, balance, expected):
    weights = balanced_weights(np.array(pixels, np.int64), balance)
    assert weights == pytest.approx(expected)
