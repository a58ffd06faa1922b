"""Precision and recall over all score thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """Precision and recall with the detections from each score on, highest score first.

    Attributes:
        scores: float32 (K,), the detections' different scores, falling.
        precision: float64 (K,), the share of detections from that score on that are right.
        recall: float64 (K,), the share of the truth that they find; all 0 where there is no truth.
    """

    scores: npt.NDArray[np.float32]
    precision: npt.NDArray[np.float64]
    recall: npt.NDArray[np.float64]

    def at(self, score_threshold: float) -> tuple[float, float] | None:
        """Precision and recall with the detections of at least this score; None without any."""
        count = int(np.count_nonzero(self.scores >= np.float32(score_threshold)))
        if count == 0:
            return None
        return float(self.precision[count - 1]), float(self.recall[count - 1])

    def best_f1(self) -> tuple[float, float] | None:
        """The highest F1, the harmonic mean of precision and recall, and the score threshold that
        gives it; None where nothing was found rightly."""
        total = self.precision + self.recall
        if not total.any():
            return None
        f1 = 2 * self.precision * self.recall / np.where(total > 0, total, 1)
        best = int(np.argmax(f1))
        return float(f1[best]), float(self.scores[best])


def precision_recall(
    scores: npt.NDArray[np.float32], right: npt.NDArray[np.bool_], truths: int
) -> PrecisionRecallCurve:
    """The curve of detections of which it is known whether they are right.

    Args:
        scores: float32 (D,), in any order.
        right: bool (D,), whether each detection is the one that found a labelled box.
        truths: labelled boxes.
    """
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    # A threshold takes all detections of a score or none of them.
    last_of_score = np.flatnonzero(np.append(falling[1:] != falling[:-1], [True][: len(falling)]))
    found = np.cumsum(right[order])[last_of_score]
    return PrecisionRecallCurve(
        scores=falling[last_of_score],
        precision=found / (last_of_score + 1),
        recall=found / max(truths, 1),
    )
