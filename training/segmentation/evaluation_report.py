"""What evaluating a segmenter leaves: a table, figures, confusion matrices, the worst pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE
from rich.table import Table

from training.segmentation.plots import plot_confusion
from training.segmentation.scoring import Answer, Evaluation
from training.segmentation.worst_pictures import plot_worst


def write_report(
    evaluations: Sequence[Evaluation], answer: Answer, about: Mapping[str, Any], folder: Path
) -> tuple[Path, ...]:
    """Writes everything there is to say of a segmenter on some sets.

    Of all sets: ``scores.json``. In a folder for each set: ``confusion.png`` and ``worst.png``.

    Args:
        evaluations: one a set, of different names.
        answer: what was evaluated; the worst pictures are answered again, to be seen.
        about: what else ``scores.json`` should tell.
        folder: where to write.

    Returns:
        What was written, those files first that one would look at first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = folder / "scores.json"
    sets = {one.dataset.name: _figures(one) for one in evaluations}
    figures.write_text(json.dumps({**about, "sets": sets}, indent=2) + "\n", encoding="utf-8")
    pictures = []
    for evaluation in evaluations:
        # A part of a set is called as its path is: "camvid/test".
        of_set = folder / evaluation.dataset.name.replace("/", "_")
        of_set.mkdir(exist_ok=True)
        pictures += [of_set / "confusion.png", of_set / "worst.png"]
        mean = evaluation.confusion.mean_iou
        title = f"{evaluation.dataset.name}: mean IoU {mean:.4f}"
        plot_confusion(evaluation.confusion, title, pictures[-2])
        plot_worst(evaluation, answer, pictures[-1])
    return (figures, *pictures)


def as_table(title: str, evaluations: Sequence[Evaluation]) -> Table:
    """The figures of each set, and of each of its classes: a table for the terminal."""
    table = Table(title=title, box=SIMPLE)
    table.add_column("set", no_wrap=True)
    for heading in ("images", "mean IoU", "accuracy", "share of pixels"):
        table.add_column(heading, justify="right", no_wrap=True)
    for evaluation in evaluations:
        confusion = evaluation.confusion
        table.add_row(
            evaluation.dataset.name,
            str(len(evaluation.dataset)),
            _cell(confusion.mean_iou),
            _cell(confusion.accuracy),
        )
        shares = confusion.pixels.sum(axis=1) / max(1, confusion.pixels.sum())
        for label, iou, share in zip(confusion.labels, confusion.iou, shares, strict=True):
            table.add_row(f"  {label}", "", _cell(iou), "", _cell(share), style="dim")
    table.caption = "of a class: its IoU, over all pixels of the set; ignored pixels are left out"
    return table


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    confusion = evaluation.confusion
    return {
        "images": len(evaluation.dataset),
        "mean_iou": _plain(confusion.mean_iou),
        "accuracy": _plain(confusion.accuracy),
        "iou": dict(zip(confusion.labels, map(_plain, confusion.iou), strict=True)),
        "confusion": confusion.pixels.tolist(),
    }


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _cell(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.4f}"
