"""The figures that training and evaluation of detectors draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.boxes.scoring import IOU_THRESHOLDS, BoxScores
from training.figures import new_figure, save_figure
from training.training_chart import training_chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PRECISIONS = {"ap50": "AP50", "ap": "AP50:95"}


def plot_training(history: Sequence[Mapping[str, float]], path: Path, best_by: str = "ap") -> None:
    """Loss and average precision over the epochs so far, as PNG.

    Args:
        history: one row an epoch: ``epoch``, ``loss`` and, where it was measured, ``val_loss``,
            ``ap50``, ``ap`` and, of several sets, ``ap50 <set>`` of each, 0..1.
        path: PNG to write, in one step.
        best_by: the figure whose highest value marks the best epoch.
    """
    save_figure(training_figure(history, best_by), path)


def training_figure(history: Sequence[Mapping[str, float]], best_by: str = "ap") -> Figure:
    """What :func:`plot_training` writes: losses on the left, average precision on the right."""
    return training_chart(history, _PRECISIONS, best_by, "average precision", of_sets="ap50")


def plot_precision_recall(scores: Mapping[str, BoxScores], path: Path) -> None:
    """Precision over recall, and average precision by overlap, of some sets, as PNG.

    Args:
        scores: figures by the set's name.
        path: PNG to write, in one step.
    """
    save_figure(precision_recall_figure(scores), path)


def precision_recall_figure(scores: Mapping[str, BoxScores]) -> Figure:
    """What :func:`plot_precision_recall` writes: curves at IoU 0.5, each with a dot at its score
    threshold; beside them the average precision at each overlap."""
    figure = new_figure(12, 5.5)
    curves, overlaps = figure.subplots(1, 2)
    for number, (name, found) in enumerate(scores.items()):
        colour = f"C{number % 10}"
        label = f"{name}: AP50 {_in_words(found.ap50)}"
        curves.plot(found.curve.recall, found.curve.precision, color=colour, label=label)
        if found.precision is not None and found.recall is not None:
            curves.plot(found.recall, found.precision, "o", color=colour)
        label = f"{name}: AP50:95 {_in_words(found.ap)}"
        precisions = [np.nan if ap is None else ap for ap in found.ap_by_iou]
        overlaps.plot(IOU_THRESHOLDS, precisions, color=colour, marker=".", label=label)
    thresholds = sorted({found.score_threshold for found in scores.values()})
    curves.set(
        xlabel="recall",
        ylabel="precision",
        title=f"IoU 0.5; dots: score {' or '.join(f'{value:g}' for value in thresholds)}",
        xlim=(0, 1.02),
    )
    overlaps.set(xlabel="IoU from which a box is right", ylabel="average precision")
    for axes in (curves, overlaps):
        axes.set_ylim(0, 1.02)
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small", loc="lower left")
    return figure


def _in_words(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
