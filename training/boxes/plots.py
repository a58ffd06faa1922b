"""The figures that training and evaluation of detectors draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.boxes.scoring import IOU_THRESHOLDS, BoxScores
from training.figures import new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOSSES = {"loss": "loss", "val_loss": "loss on validation"}
_PRECISIONS = {"ap50": "AP50", "ap": "AP50:95"}
_OF_A_SET = "ap50 "


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
    from matplotlib.ticker import LogFormatter, MaxNLocator

    figure = new_figure(10, 5)
    losses = figure.subplots()
    precisions = losses.twinx()
    for key, label in _LOSSES.items():
        epochs, values = _column(history, key)
        style = "-" if key == "loss" else "--"
        losses.plot(epochs, values, style, color="tab:blue", marker=".", label=label)
    for key, colour in zip(_PRECISIONS, ("tab:green", "tab:orange"), strict=True):
        epochs, values = _column(history, key)
        precisions.plot(epochs, values, color=colour, marker=".", label=_PRECISIONS[key])
    sets = dict.fromkeys(key for row in history for key in row if key.startswith(_OF_A_SET))
    # Of one set alone the mean is all there is.
    for number, key in enumerate(sets if len(sets) > 1 else ()):
        # From the fourth colour on: the first three have a meaning here.
        colour = f"C{3 + number % 7}"
        epochs, values = _column(history, key)
        label = f"AP50 {key.removeprefix(_OF_A_SET)}"
        precisions.plot(epochs, values, color=colour, lw=0.8, label=label)
    losses.set(xlabel="epoch", ylabel="loss", yscale="log")
    losses.yaxis.set_major_formatter(LogFormatter())
    losses.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1, 0.4)))
    losses.xaxis.set_major_locator(MaxNLocator(integer=True))
    precisions.set(ylabel="average precision", ylim=(0, 1.02), yticks=np.linspace(0, 1, 11))
    precisions.grid(alpha=0.3)
    epochs, values = _column(history, best_by)
    if epochs:
        best = int(np.nanargmax(values)) if not np.isnan(values).all() else 0
        precisions.axvline(epochs[best], color="0.4", ls=":", lw=1)
        precisions.set_title(
            f"epoch {history[-1]['epoch']:.0f}, best {epochs[best]:.0f}: "
            f"{_PRECISIONS.get(best_by, best_by)} {values[best]:.4f}",
            fontsize="medium",
        )
    lines = [line for line in (*losses.lines, *precisions.lines) if np.size(line.get_xdata())]
    named = [line for line in lines if not str(line.get_label()).startswith("_")]
    if named:
        figure.legend(handles=named, fontsize="small", loc="outside lower center", ncols=4)
    return figure


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


def _column(history: Sequence[Mapping[str, float]], key: str) -> tuple[list[float], list[float]]:
    rows = [row for row in history if key in row]
    return [row["epoch"] for row in rows], [row[key] for row in rows]
