"""The chart of a run: the loss, and what was measured on validation, over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from training.figures import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

History = Sequence[Mapping[str, float]]

_LOSSES = {"loss": "loss", "val_loss": "loss on validation"}
_COLOURS = ("tab:green", "tab:orange")


def training_chart(
    history: History, scores: Mapping[str, str], best_by: str, axis: str, of_sets: str
) -> Figure:
    """Losses on the left, scores on the right.

    Args:
        history: one row an epoch: ``epoch``, ``loss`` and, where it was measured, ``val_loss`` and
            scores, 0..1.
        scores: what to call one or two scores, by their names in the history.
        best_by: the score whose highest value marks the best epoch.
        axis: what all scores are.
        of_sets: the score that, followed by a space and a set's name, stands in the history for
            each of several sets.
    """
    from matplotlib.ticker import LogFormatter, MaxNLocator

    figure = new_figure(10, 5)
    losses = figure.subplots()
    right = losses.twinx()
    for key, label in _LOSSES.items():
        epochs, values = _column(history, key)
        style = "-" if key == "loss" else "--"
        losses.plot(epochs, values, style, color="tab:blue", marker=".", label=label)
    for (key, label), colour in zip(scores.items(), _COLOURS, strict=True):
        epochs, values = _column(history, key)
        right.plot(epochs, values, color=colour, marker=".", label=label)
    prefix = f"{of_sets} "
    sets = dict.fromkeys(key for row in history for key in row if key.startswith(prefix))
    # Of one set alone the mean is all there is.
    for number, key in enumerate(sets if len(sets) > 1 else ()):
        # From the fourth colour on: the first three have a meaning here.
        colour = f"C{3 + number % 7}"
        epochs, values = _column(history, key)
        label = f"{scores[of_sets]} {key.removeprefix(prefix)}"
        right.plot(epochs, values, color=colour, lw=0.8, label=label)
    losses.set(xlabel="epoch", ylabel="loss", yscale="log")
    losses.yaxis.set_major_formatter(LogFormatter())
    losses.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1, 0.4)))
    losses.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.set(ylabel=axis, ylim=(0, 1.02), yticks=np.linspace(0, 1, 11))
    right.grid(alpha=0.3)
    epochs, values = _column(history, best_by)
    if epochs:
        best = int(np.nanargmax(values)) if not np.isnan(values).all() else 0
        right.axvline(epochs[best], color="0.4", ls=":", lw=1)
        right.set_title(
            f"epoch {history[-1]['epoch']:.0f}, best {epochs[best]:.0f}: "
            f"{scores.get(best_by, best_by)} {values[best]:.4f}",
            fontsize="medium",
        )
    lines = [line for line in (*losses.lines, *right.lines) if np.size(line.get_xdata())]
    named = [line for line in lines if not str(line.get_label()).startswith("_")]
    if named:
        figure.legend(handles=named, fontsize="small", loc="outside lower center", ncols=4)
    return figure


def _column(history: History, key: str) -> tuple[list[float], list[float]]:
    rows = [row for row in history if key in row]
    return [row["epoch"] for row in rows], [row[key] for row in rows]
