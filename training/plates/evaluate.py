"""How well a model file finds plates in labelled photos."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from training.boxes.dataset import BoxDataset
from training.boxes.evaluation import evaluate_model
from training.boxes.evaluation_report import as_table, write_report
from training.boxes.onnx_detector import OnnxDetector
from training.boxes.reading import read_dataset
from training.boxes.scoring import BoxScores
from training.boxes.splitting import hold_out
from training.errors import TrainingError
from training.packages import need_packages
from training.plates.evaluate_settings import EvaluateSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EvaluateReport:
    """What was found.

    Attributes:
        scores: figures of every set, by its name.
        files: plots, pictures and JSON that were written.
    """

    scores: dict[str, BoxScores]
    files: tuple[Path, ...]


def evaluate(settings: EvaluateSettings) -> EvaluateReport:
    """Scores a model on sets of photos, prints a table, writes figures, plots and mistakes.

    Raises:
        TrainingError: no set was given, or one, or the model, cannot be used.
    """
    need_packages("matplotlib", "onnxruntime", "pycocotools", "scipy", "PIL")
    if not settings.data:
        raise TrainingError("no data was given: name at least one folder of labelled photos")
    detector = OnnxDetector(settings.model, "plates")
    threshold = settings.score_threshold
    if threshold is None:
        threshold = detector.defaults.score_threshold
    # All sets are read before the first is measured: a wrong folder should not show after minutes.
    datasets = [_read(folder, detector.spec.labels, settings) for folder in settings.data]
    _check_names(datasets)
    evaluations = [evaluate_model(detector, dataset, threshold) for dataset in datasets]
    scores = {evaluation.dataset.name: evaluation.scores for evaluation in evaluations}
    about = {
        "model": str(settings.model),
        "name": detector.spec.name,
        "version": detector.spec.version,
        "part": settings.part,
        "validation": settings.validation if settings.part == "validation" else None,
    }
    files = write_report(evaluations, about, settings.output)
    Console().print(as_table(f"{settings.model}, {settings.part} photos", scores))
    return EvaluateReport(scores, files)


def _read(folder: Path, labels: tuple[str, ...], settings: EvaluateSettings) -> BoxDataset:
    dataset = read_dataset(folder, settings.on_fault, labels)
    if settings.part == "validation":
        # As in training: at most half of a small set.
        _, dataset = hold_out(dataset, settings.validation)
    logger.info("%s: %d photos", dataset.name, len(dataset))
    if not len(dataset):
        raise TrainingError(
            f"{folder}: no photo of it is kept for validation; measure on all (--part all)"
        )
    return dataset


def _check_names(datasets: Sequence[BoxDataset]) -> None:
    names = [dataset.name for dataset in datasets]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TrainingError(
            f"sets are told apart by their folders' names: more than one is called {twice[0]}"
        )
