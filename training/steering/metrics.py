"""How well predicted steering follows driven steering."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from training.steering.signals import SMOOTH_FRAMES, smooth

TURN_STEERING = 0.05
"""Above this absolute steering a row counts as a turn."""

Values = npt.NDArray[np.floating]


@dataclass(frozen=True)
class SteeringScores:
    """Figures of one recording.

    What counts is ``r`` and ``turn_mae``: keyboard steering is a row of spikes, against which the
    raw errors of a constant zero look best.

    Attributes:
        rows: rows that were predicted.
        mse: mean squared error against the steering as driven.
        mae: mean absolute error against the steering as driven.
        r: Pearson's correlation with the driven steering smoothed over 9 frames.
        r_raw: Pearson's correlation with the steering as driven.
        turn_mae: mean absolute error against the smoothed steering where it is above 0.05.
        turn_mae_raw: mean absolute error against the steering as driven where it is above 0.05.
        turn_mae_of_zero: what a constant zero has for ``turn_mae``.
    """

    rows: int
    mse: float
    mae: float
    r: float
    r_raw: float
    turn_mae: float
    turn_mae_raw: float
    turn_mae_of_zero: float

    def as_dict(self) -> dict[str, float]:
        """The figures by name."""
        return asdict(self)


def score_steering(
    predicted: Values, driven: Values, segments: npt.NDArray[np.integer]
) -> SteeringScores:
    """Compares predictions with what was driven.

    Args:
        predicted: (N,), normalised steering.
        driven: (N,), as recorded.
        segments: (N,), stretches without a pause, over which nothing is averaged.
    """
    smoothed = smooth(driven, segments, SMOOTH_FRAMES)
    error = predicted - driven
    return SteeringScores(
        rows=len(driven),
        mse=float(np.mean(error**2)),
        mae=float(np.mean(np.abs(error))),
        r=pearson(predicted, smoothed),
        r_raw=pearson(predicted, driven),
        turn_mae=_turn_error(predicted, smoothed),
        turn_mae_raw=_turn_error(predicted, driven),
        turn_mae_of_zero=_turn_error(np.zeros_like(smoothed), smoothed),
    )


def pearson(first: Values, second: Values) -> float:
    """Pearson's correlation coefficient, -1..1; 0 when either side is constant."""
    a = np.asarray(first, np.float64) - np.mean(first, dtype=np.float64)
    b = np.asarray(second, np.float64) - np.mean(second, dtype=np.float64)
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def _turn_error(predicted: Values, truth: Values) -> float:
    turning = np.abs(truth) > TURN_STEERING
    return float(np.mean(np.abs(predicted - truth)[turning])) if turning.any() else 0.0
