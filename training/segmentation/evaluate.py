"""How well a segmenter's model file names the pixels of sets of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from training.errors import TrainingError
from training.packages import need_packages
from training.segmentation.answering import answer_pictures
from training.segmentation.dataset import MaskDataset
from training.segmentation.evaluate_settings import EvaluateSettings
from training.segmentation.evaluation_report import as_table, write_report
from training.segmentation.metrics import Confusion
from training.segmentation.onnx_segmenter import OnnxSegmenter
from training.segmentation.reading import read_set
from training.segmentation.scoring import score


@dataclass(frozen=True)
class EvaluateReport:
    """What was found.

    Attributes:
        confusions: of every set, by its name.
        files: plots, pictures and JSON that were written.
    """

    confusions: dict[str, Confusion]
    files: tuple[Path, ...]


def evaluate(settings: EvaluateSettings) -> EvaluateReport:
    """Scores a model on sets of pictures, prints a table, writes figures, plots and overlays.

    Raises:
        TrainingError: no set was given, or one or the model cannot be used.
    """
    need_packages("matplotlib", "onnxruntime", "PIL", "yaml")
    if not settings.data:
        raise TrainingError("no data was given: name at least one folder of pictures and masks")
    segmenter = OnnxSegmenter(settings.model)
    # All sets are read before the first is measured: a wrong folder should not show after minutes.
    datasets = [_read(folder, settings, segmenter.spec.labels) for folder in settings.data]
    names = [dataset.name for dataset in datasets]
    for name in names:
        if names.count(name) > 1:
            raise TrainingError(
                f"sets are told apart by their folders' names: more than one is called {name}"
            )
    answer = answer_pictures(segmenter.run, segmenter.spec, settings.mirrored)
    evaluations = [score(dataset, answer) for dataset in datasets]
    about = {
        "model": str(settings.model),
        "name": segmenter.spec.name,
        "version": segmenter.spec.version,
        "mirrored": settings.mirrored,
    }
    files = write_report(evaluations, answer, about, settings.output)
    title = f"{settings.model}{', with mirror images' if settings.mirrored else ''}"
    Console().print(as_table(title, evaluations))
    return EvaluateReport({one.dataset.name: one.confusion for one in evaluations}, files)


def _read(folder: Path, settings: EvaluateSettings, labels: tuple[str, ...]) -> MaskDataset:
    dataset = read_set(folder, settings.on_fault, settings.wanted(), settings.palette)
    if dataset.labels != labels:
        raise TrainingError(
            f"{folder}: expected the model's classes in its order, {', '.join(labels)}, got "
            f"{', '.join(dataset.labels)}; a class map can bring them together (--class-map)"
        )
    return dataset
