"""The learning rate over a training, at its corners."""

from __future__ import annotations

import pytest

pytest.importorskip("keras")

from training.fitting import cosine_with_warm_up


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
