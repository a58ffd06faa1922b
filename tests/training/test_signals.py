"""Smoothing, parts in time, balancing, figures."""

from __future__ import annotations

import numpy as np
import pytest

from training.steering.balancing import cap_straight, draw_weights
from training.steering.metrics import pearson, score_steering
from training.steering.signals import smooth, split_test, split_validation


def test_smoothing_is_the_mean_of_the_window():
    values = np.array([0.0, 0.0, 3.0, 0.0, 0.0, 6.0])
    one = np.zeros(6, np.int64)
    np.testing.assert_allclose(smooth(values, one, 3), [0, 1, 1, 1, 2, 3])
    np.testing.assert_allclose(smooth(values, one, 1), values)


def test_smoothing_never_reaches_over_a_pause():
    values = np.array([1.0] * 6 + [-1.0] * 3 + [0.5])
    segments = np.array([0] * 6 + [1] * 3 + [2])
    np.testing.assert_allclose(smooth(values, segments, 9), values)


def test_smoothing_wants_an_odd_window():
    with pytest.raises(ValueError, match="odd"):
        smooth(np.zeros(3), np.zeros(3, np.int64), 4)


def test_the_last_fifth_in_time_is_kept_apart():
    train, test = split_test(100)
    assert train.tolist() == list(range(80))
    assert test.tolist() == list(range(80, 100))


@pytest.mark.parametrize("seed", range(5))
def test_validation_is_whole_blocks_with_a_guard(seed):
    train, held = split_validation(1000, share=0.2, block=50, guard=10, seed=seed)
    assert not set(train) & set(held)
    assert len(held) == 200
    assert all(count == 50 for count in np.unique(held // 50, return_counts=True)[1])
    assert np.abs(train[:, None] - held[None, :]).min() == 11


def test_one_block_cannot_be_split():
    train, held = split_validation(40, share=0.2, block=50, guard=10, seed=0)
    assert len(train) == 40
    assert len(held) == 0


def test_straight_rows_are_capped_and_turns_stay():
    steering = np.array([0.0] * 50 + [0.2, -0.3] * 10)
    kept = cap_straight(steering, 12, np.random.default_rng(0))
    assert np.count_nonzero(steering[kept] == 0) == 12
    assert np.count_nonzero(steering[kept]) == 20
    assert len(cap_straight(steering, 0, np.random.default_rng(0))) == len(steering)


def test_full_balance_draws_every_angle_equally_often():
    steering = np.array([0.0] * 90 + [0.5] * 9 + [-1.0] * 3)
    weights = draw_weights(steering, 1.0)
    for value in (0.0, 0.5, -1.0):
        assert weights[steering == value].sum() == pytest.approx(1 / 3)
    np.testing.assert_allclose(draw_weights(steering, 0.0), 1 / len(steering))


def test_figures_against_a_worked_example():
    # Held steering, so smoothing changes nothing: all figures can be done by hand.
    driven = np.array([0.0] * 9 + [0.2] * 9 + [-0.4] * 9)
    segments = np.repeat([0, 1, 2], 9)
    predicted = np.array([0.1] * 9 + [0.1] * 9 + [-0.2] * 9)
    scores = score_steering(predicted, driven, segments)
    assert scores.rows == 27
    assert scores.mse == pytest.approx((0.01 + 0.01 + 0.04) / 3)
    assert scores.mae == pytest.approx(0.4 / 3)
    assert scores.turn_mae == pytest.approx((0.1 + 0.2) / 2)
    assert scores.turn_mae_of_zero == pytest.approx((0.2 + 0.4) / 2)
    assert scores.r == pytest.approx(np.corrcoef(predicted, driven)[0, 1])


def test_pearson_is_numpys_and_zero_for_a_constant():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 200))
    b += 0.5 * a
    assert pearson(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert pearson(np.zeros(200), b) == 0.0
