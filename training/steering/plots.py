"""Every figure that training and evaluation of steering draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.figures import new_figure, save_figure

Values = npt.NDArray[np.floating]
_LINES = 4
Labelled = tuple[npt.NDArray[np.uint8], str]


def plot_learning_curves(history: Sequence[Mapping[str, float]], path: Path) -> None:
    """Losses, and r of each recording, over the epochs."""
    figure = new_figure(11, 4.5)
    losses, correlation = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in history]
    for name in history[-1] if history else ():
        axes = correlation if name.startswith("r ") else losses
        if name != "epoch":
            label = {"loss": "training", "val_loss": "validation (share of variance)"}
            axes.plot(
                epochs, [row[name] for row in history], marker=".", label=label.get(name, name)
            )
    losses.set(xlabel="epoch", ylabel="loss", yscale="log")
    correlation.set(xlabel="epoch", ylabel="r on validation blocks")
    for axes in (losses, correlation):
        axes.grid(alpha=0.3)
    losses.legend(fontsize="small")
    # Beside the plot: with many recordings it would cover the curves.
    correlation.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    save_figure(figure, path)


def plot_steering(
    seconds: Values, predicted: Values, driven: Values, title: str, path: Path
) -> None:
    """Predicted beside driven steering over time, in lines one below the other."""
    figure = new_figure(14, 2.2 * _LINES)
    parts = np.array_split(np.arange(len(seconds)), _LINES)
    for axes, part in zip(np.ravel(figure.subplots(_LINES, 1)), parts, strict=True):
        axes.plot(seconds[part], driven[part], color="0.55", label="driven, smoothed")
        axes.plot(seconds[part], predicted[part], color="tab:blue", lw=1, label="predicted")
        axes.grid(alpha=0.3)
        axes.set_ylabel("steering")
    axes.set_xlabel("seconds")
    figure.axes[0].legend(loc="upper right")
    figure.axes[0].set_title(title)
    save_figure(figure, path)


def plot_replay(seconds: Values, right_m: Values, taken_over: Values, path: Path) -> None:
    """Offset from the recorded path over time; interventions as red lines at ``taken_over``."""
    figure = new_figure(14, 3.5)
    axes = figure.subplots()
    axes.plot(seconds, right_m, lw=0.8)
    for moment in taken_over:
        axes.axvline(float(moment), color="tab:red", lw=1)
    axes.set(xlabel="seconds", ylabel="metres right of the recorded path", ylim=(-1.2, 1.2))
    axes.grid(alpha=0.3)
    save_figure(figure, path)


def plot_histograms(
    driven: Values, targets: Values, weights: Values, title: str, path: Path
) -> None:
    """Steering as driven, and targets as they are drawn after balancing.

    Args:
        driven: (N,), all rows.
        targets: (M,), rows that remain.
        weights: (M,), how likely each is drawn.
        title: above the plots.
        path: PNG to write.
    """
    figure = new_figure(10, 4)
    before, after = figure.subplots(1, 2, sharex=True)
    edges = np.linspace(-1, 1, 82).tolist()
    before.hist(driven, bins=edges)
    before.set(title=f"{title}: as driven", xlabel="steering", ylabel="rows")
    after.hist(targets, bins=edges, weights=weights / weights.sum() * len(targets))
    after.set(title="after balancing", xlabel="steering")
    for axes in (before, after):
        axes.grid(alpha=0.3)
    save_figure(figure, path)


def plot_samples(grid: Sequence[Sequence[Labelled]], path: Path) -> None:
    """Lines of BGR pictures with a word above each."""
    columns = max((len(line) for line in grid), default=1)
    figure = new_figure(3.2 * columns, 1.5 * max(len(grid), 1))
    places = figure.subplots(max(len(grid), 1), columns, squeeze=False)
    for axes in places.flat:
        axes.axis("off")
    for line, row in zip(grid, places, strict=False):
        for (picture, word), axes in zip(line, row, strict=False):
            axes.imshow(picture[..., ::-1])
            axes.set_title(word, fontsize="small")
    save_figure(figure, path)
