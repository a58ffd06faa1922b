"""The figures that training and evaluation of segmenters draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.figures import new_figure, save_figure
from training.segmentation.metrics import Confusion
from training.training_chart import training_chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SCORES = {"miou": "mean IoU", "accuracy": "pixel accuracy"}
_WRITTEN_FROM = 0.005
"""Smaller shares are left out of the confusion matrix's cells: they would all read 0.00."""


def plot_training(history: Sequence[Mapping[str, float]], path: Path) -> None:
    """Loss, mean IoU and pixel accuracy over the epochs so far, as PNG.

    Args:
        history: one row an epoch: ``epoch``, ``loss``, ``miou``, ``accuracy`` and, of several sets,
            ``miou <set>`` of each.
        path: PNG to write, in one step.
    """
    save_figure(training_chart(history, _SCORES, "miou", "share of pixels", of_sets="miou"), path)


def plot_confusion(confusion: Confusion, title: str, path: Path) -> None:
    """A confusion matrix, as PNG, in one step."""
    save_figure(confusion_figure(confusion, title), path)


def confusion_figure(confusion: Confusion, title: str) -> Figure:
    """What :func:`plot_confusion` writes: of each class's pixels (a row) the share that was taken
    for each class (a column), and beside its name its IoU."""
    labels, pixels = confusion.labels, confusion.pixels
    shares = pixels / np.maximum(pixels.sum(axis=1, keepdims=True), 1)
    side = 3 + 0.55 * len(labels)
    figure = new_figure(side + 1, side)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(shares >= _WRITTEN_FROM):
        share = shares[row, column]
        axes.text(
            column,
            row,
            f"{share:.2f}",
            ha="center",
            va="center",
            fontsize="x-small",
            color="white" if share > 0.5 else "black",
        )
    names = [
        f"{label}  {'-' if np.isnan(iou) else f'{iou:.3f}'}"
        for label, iou in zip(labels, confusion.iou, strict=True)
    ]
    axes.set_xticks(range(len(labels)), labels, rotation=60, ha="right")
    axes.set_yticks(range(len(labels)), names)
    axes.set(xlabel="answered", ylabel="in the mask, with the class's IoU", title=title)
    figure.colorbar(image, label="share of the class's pixels", shrink=0.8)
    return figure
