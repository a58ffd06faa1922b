"""A set of labelled pictures at a glance: classes, sizes, shapes and anchors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.boxes.anchors import YOLOV4_TINY_ANCHORS, box_sizes
from training.boxes.dataset import BoxDataset
from training.boxes.statistics import SIZE_LIMITS, SetFigures, box_extents
from training.figures import new_figure, save_figure


def plot_set(dataset: BoxDataset, figures: SetFigures, size: int, path: Path) -> None:
    """Writes four plots as one PNG.

    Args:
        dataset: the set.
        figures: its figures.
        size: side of the input in pixels that the anchors are for.
        path: PNG to write, in one step.
    """
    from matplotlib.ticker import LogFormatter

    figure = new_figure(13, 8.5)
    (classes, sizes), (aspects, anchors) = figure.subplots(2, 2)
    figure.suptitle(f"{dataset.name}: {figures.pictures} pictures, {figures.boxes} boxes")
    names = list(figures.boxes_by_class)
    bars = classes.barh(names, list(figures.boxes_by_class.values()), height=0.6)
    classes.bar_label(bars, padding=3, fontsize="small")
    classes.margins(x=0.12)
    classes.invert_yaxis()
    classes.set(title="classes", xlabel="boxes")
    extents = box_extents(dataset)
    if len(extents):
        side = np.sqrt(extents.prod(axis=1))
        sizes.hist(side, bins=np.geomspace(side.min() * 0.95, side.max() * 1.05, 50).tolist())
        aspect = extents[:, 0] / extents[:, 1]
        edges = np.geomspace(aspect.min() * 0.95, aspect.max() * 1.05, 50)
        aspects.hist(aspect, bins=edges.tolist())
    for limit in SIZE_LIMITS:
        sizes.axvline(limit, color="tab:red", lw=1)
    counts = ", ".join(f"{count} {word}" for word, count in figures.boxes_by_size.items())
    sizes.set(title=f"COCO's limits (red): {counts}", xlabel="root of the area, pixels")
    sizes.set(xscale="log", ylabel="boxes")
    aspects.set(title="shape", xlabel="width / height", ylabel="boxes")
    in_input = box_sizes(dataset, size)
    anchors.scatter(*in_input.T, s=6, alpha=0.5, color="0.5", linewidths=0)
    for label, points, iou, marker in (
        ("yolov4-tiny", YOLOV4_TINY_ANCHORS * (size / 416), figures.yolov4_tiny_iou, "x"),
        ("k-means", np.array(figures.anchors).reshape(-1, 2), figures.anchors_iou, "+"),
    ):
        words = label if iou is None else f"{label}: mean IoU {iou:.3f}"
        anchors.scatter(*points.T, marker=marker, s=90, label=words)
    anchors.set(title=f"boxes and anchors at {size} x {size}", xlabel="width", ylabel="height")
    anchors.set(xscale="log", yscale="log")
    anchors.legend(fontsize="small")
    aspects.set_xscale("log", base=2)
    aspects.xaxis.set_major_formatter("{x:g}")
    for axis in (sizes.xaxis, anchors.xaxis, anchors.yaxis):
        axis.set_major_formatter("{x:g}")
        # Labels between powers of ten only where there is room for them.
        axis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
    for axes in figure.axes:
        axes.grid(alpha=0.3)
    save_figure(figure, path)
