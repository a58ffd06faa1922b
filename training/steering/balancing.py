"""Which rows are drawn how often: straight driving is most of a drive and teaches little."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
_BINS = 20


def cap_straight(
    steering: npt.NDArray[np.floating], largest: int, rng: np.random.Generator
) -> Rows:
    """Rows that remain when at most ``largest`` rows with steering 0 are kept, drawn at random.

    Args:
        steering: (N,), as driven.
        largest: how many straight rows stay; 0 for all.
        rng: source of randomness.

    Returns:
        int64, rising.
    """
    straight = np.flatnonzero(steering == 0)
    if largest and len(straight) > largest:
        lost = rng.choice(straight, len(straight) - largest, replace=False)
        return np.setdiff1d(np.arange(len(steering)), lost).astype(np.int64)
    return np.arange(len(steering), dtype=np.int64)


def draw_weights(steering: npt.NDArray[np.floating], balance: float) -> npt.NDArray[np.float64]:
    """How likely each row is drawn, so that rare angles are seen more often.

    A row's weight is (share of rows in its bin of \\|steering\\|) ** -balance. Mirroring makes left
    and right alike, so the side does not count.

    Args:
        steering: (N,), targets.
        balance: 0 (rows as they come) to 1 (every bin equally often).

    Returns:
        float64 (N,), sums to 1.
    """
    size = np.abs(np.asarray(steering, np.float64))
    top = max(float(np.quantile(size, 0.99)), 1e-6)
    bins = np.minimum((size / top * _BINS).astype(np.int64), _BINS - 1)
    share = np.bincount(bins, minlength=_BINS)[bins] / len(size)
    weights = share**-balance
    return np.asarray(weights / weights.sum(), np.float64)
