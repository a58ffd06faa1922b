"""How well a model file finds plates in labelled photos."""

from __future__ import annotations

from training.boxes.evaluate import EvaluateReport
from training.boxes.evaluate import evaluate as evaluate_detector
from training.plates.evaluate_settings import EvaluateSettings


def evaluate(settings: EvaluateSettings) -> EvaluateReport:
    """Scores a model as :func:`training.boxes.evaluate.evaluate` does.

    Raises:
        TrainingError: as there.
    """
    return evaluate_detector(settings, "plates")
