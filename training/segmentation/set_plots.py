"""How much of each class there is in a set, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.figures import new_figure, save_figure
from training.segmentation.statistics import SetFigures

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_classes(name: str, parts: Mapping[str, SetFigures], path: Path) -> None:
    """Writes bars of the classes' shares as PNG.

    Args:
        name: of the set.
        parts: figures by the name of the part, of one set, at least one.
        path: PNG to write, in one step.
    """
    save_figure(classes_figure(name, parts), path)


def classes_figure(name: str, parts: Mapping[str, SetFigures]) -> Figure:
    """What :func:`plot_classes` writes: shares of the pixels on the left, of the pictures right."""
    labels = list(next(iter(parts.values())).pixel_share)
    figure = new_figure(13, 2 + 0.3 * len(labels) * max(1.0, len(parts) / 2))
    pixels, pictures = figure.subplots(1, 2, sharey=True)
    counts = ", ".join(f"{part}: {found.pictures}" for part, found in parts.items())
    figure.suptitle(f"pictures of {name} ({counts})")
    height = 0.8 / len(parts)
    for number, (part, found) in enumerate(parts.items()):
        places = np.arange(len(labels)) + (number + 0.5) * height - 0.4
        for axes, shares in ((pixels, found.pixel_share), (pictures, found.picture_share)):
            values = [100 * shares[label] for label in labels]
            bars = axes.barh(places, values, height=height, label=part)
            axes.bar_label(bars, fmt="%.3g", padding=3, fontsize="x-small")
    pixels.set(title="share of the pixels that have a class", xlabel="%")
    pictures.set(title="share of the pictures that show it", xlabel="%")
    pixels.set_yticks(range(len(labels)), labels)
    pixels.invert_yaxis()
    for axes in (pixels, pictures):
        axes.grid(alpha=0.3, axis="x")
        axes.margins(x=0.1)
    if len(parts) > 1:
        lines, names = pixels.get_legend_handles_labels()
        figure.legend(lines, names, fontsize="small", loc="outside lower center", ncols=len(parts))
    return figure
