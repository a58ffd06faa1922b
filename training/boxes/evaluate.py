"""How well a detector's model file finds what is labelled in sets of pictures."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from training.boxes.class_map import ClassMap
from training.boxes.counting import count_only
from training.boxes.dataset import BoxDataset
from training.boxes.evaluate_settings import EvaluateBoxesSettings
from training.boxes.evaluation import evaluate_model
from training.boxes.evaluation_report import as_table, write_report
from training.boxes.onnx_detector import OnnxDetector
from training.boxes.reading import read_dataset, read_parts
from training.boxes.scoring import BoxScores
from training.errors import TrainingError
from training.labelled.splitting import hold_out, own_or_hold_out
from training.packages import need_packages
from vision.model_spec import Task

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


def evaluate(settings: EvaluateBoxesSettings, task: Task) -> EvaluateReport:
    """Scores a model on sets of pictures, prints a table, writes figures, plots and mistakes.

    Raises:
        TrainingError: no set was given, or one, the class map or the model cannot be used.
    """
    need_packages("matplotlib", "onnxruntime", "pycocotools", "scipy", "PIL")
    if not settings.data:
        raise TrainingError("no data was given: name at least one folder of labelled pictures")
    detector = OnnxDetector(settings.model, task)
    threshold = settings.score_threshold
    if threshold is None:
        threshold = detector.defaults.score_threshold
    # All sets are read before the first is measured: a wrong folder should not show after minutes.
    datasets = read_sets(settings, detector.spec.labels)
    evaluations = [evaluate_model(detector, dataset, threshold) for dataset in datasets]
    scores = {evaluation.dataset.name: evaluation.scores for evaluation in evaluations}
    about = {
        "model": str(settings.model),
        "name": detector.spec.name,
        "version": detector.spec.version,
        "part": settings.part,
        "validation": settings.validation if settings.part == "validation" else None,
        "classes": None if settings.classes is None else str(settings.classes),
        "count": settings.count or None,
    }
    files = write_report(evaluations, about, settings.output)
    Console().print(as_table(f"{settings.model}, {settings.part} pictures", scores))
    return EvaluateReport(scores, files)


def read_sets(settings: EvaluateBoxesSettings, labels: tuple[str, ...]) -> list[BoxDataset]:
    """The sets to measure on, with a model's classes.

    Args:
        settings: which sets, which part of each, and what counts in them.
        labels: the model's classes, by class id.

    Raises:
        TrainingError: a set or the class map cannot be used, the map's classes are not the model's,
            or two sets have one name.
    """
    class_map = None if settings.classes is None else ClassMap.read(settings.classes)
    if class_map and class_map.labels != labels:
        raise TrainingError(
            f"{settings.classes}: expected the model's classes in its order, {', '.join(labels)}, "
            f"got {', '.join(class_map.labels)}; give the map it was trained with (--classes)"
        )
    datasets = [_read(folder, settings, labels, class_map) for folder in settings.data]
    names = [dataset.name for dataset in datasets]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TrainingError(
            f"sets are told apart by their folders' names: more than one is called {twice[0]}"
        )
    return datasets


def _read(
    folder: Path,
    settings: EvaluateBoxesSettings,
    labels: Sequence[str],
    class_map: ClassMap | None,
) -> BoxDataset:
    wanted = None if class_map else tuple(labels)
    if settings.part == "all":
        dataset = read_dataset(folder, settings.on_fault, wanted)
    elif settings.own_parts:
        parts = read_parts(folder, settings.on_fault, wanted)
        _, dataset = own_or_hold_out(parts, settings.validation)
    else:
        # As in training: at most half of a small set.
        dataset = read_dataset(folder, settings.on_fault, wanted)
        _, dataset = hold_out(dataset, settings.validation)
    if class_map:
        dataset = class_map.apply(dataset)
    if settings.count:
        dataset = count_only(dataset, settings.count)
    logger.info("%s: %d pictures", dataset.name, len(dataset))
    if not len(dataset):
        raise TrainingError(
            f"{folder}: no picture of it is kept for validation; measure on all (--part all)"
        )
    return dataset
