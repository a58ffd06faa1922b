"""How weights are moved: the learning rate at its corners, and first steps worked out."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from training.optimizer import adamw, cosine_with_warm_up  # noqa: E402


@pytest.mark.parametrize(
    ("warm_up", "step", "expected"),
    [
        (1, 0, 0.05),
        (1, 5, 0.525),
        (1, 10, 1.0),
        # Half way down, between 1 and a fiftieth.
        (1, 25, 0.51),
        (1, 40, 0.02),
        (0, 0, 1.0),
        (0, 20, 0.51),
        (0, 40, 0.02),
        (3, 30, 1.0),
        # More warm-up than epochs leaves one epoch to come down again.
        (9, 30, 1.0),
        (9, 40, 0.02),
    ],
)
def test_the_rate_rises_and_falls_as_a_cosine(warm_up, step, expected):
    rate = cosine_with_warm_up(1.0, steps=10, epochs=4, warm_up=warm_up)
    assert float(rate(step)) == pytest.approx(expected, abs=1e-5)


def test_pretrained_weights_move_by_their_size():
    """Adam's first step is the learning rate, whatever the gradient: here a share of the size."""
    small = keras.Variable([0.03, -0.04], name="small")  # root mean square 0.035
    zero = keras.Variable([0.0, 0.0], name="zero")
    new = keras.Variable([0.03, -0.04], name="new")
    optimizer = adamw(0.1, 0.0, [small.path, zero.path])
    gradient = keras.ops.convert_to_tensor([2.0, -3.0])
    optimizer.apply([gradient] * 3, [small, zero, new])
    size = np.sqrt((0.03**2 + 0.04**2) / 2)
    expected = np.array([0.03, -0.04])
    np.testing.assert_allclose(small.numpy(), expected - 0.1 * size * np.array([1, -1]), rtol=1e-4)
    np.testing.assert_allclose(new.numpy(), expected - 0.1 * np.array([1, -1]), rtol=1e-4)
    # It can still begin to move.
    np.testing.assert_allclose(zero.numpy(), [-1e-4, 1e-4], rtol=1e-4)
