"""What evaluating a detector leaves: a table, figures, plots, mistakes, and COCO's files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.table import Table

from training.boxes.coco import results, truth
from training.boxes.evaluation import Evaluation
from training.boxes.mistakes import find_mistakes
from training.boxes.mistakes_sheet import plot_mistakes
from training.boxes.plots import plot_precision_recall
from training.boxes.scoring import BoxScores


def write_report(
    evaluations: Sequence[Evaluation], about: Mapping[str, Any], folder: Path
) -> tuple[Path, ...]:
    """Writes everything there is to say of a detector on some sets.

    Of all sets: ``scores.json`` and ``precision_recall.png``. In a folder for each set:
    ``mistakes.png``, and ``truth.json`` and ``predictions.json`` in COCO's formats, from which
    anybody's evaluator can compute the scores again.

    Args:
        evaluations: one a set, of different names.
        about: what else ``scores.json`` should tell.
        folder: where to write.

    Returns:
        What was written, those files first that one would look at first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    by_name = {evaluation.dataset.name: evaluation.scores for evaluation in evaluations}
    curves, figures = folder / "precision_recall.png", folder / "scores.json"
    plot_precision_recall(by_name, curves)
    sets = {name: scores.as_dict() for name, scores in by_name.items()}
    figures.write_text(json.dumps({**about, "sets": sets}, indent=2) + "\n", encoding="utf-8")
    sheets, coco = [], []
    for evaluation in evaluations:
        dataset, detections = evaluation.dataset, evaluation.detections
        threshold = evaluation.scores.score_threshold
        # A part of a set is called as its path is: "street/val".
        of_set = folder / dataset.name.replace("/", "_")
        of_set.mkdir(exist_ok=True)
        mistakes = find_mistakes(dataset, detections, threshold)
        sheets.append(of_set / "mistakes.png")
        plot_mistakes(dataset, detections, mistakes, threshold, sheets[-1])
        for file_name, content in (
            ("truth.json", truth(dataset)),
            ("predictions.json", results(detections)),
        ):
            coco.append(of_set / file_name)
            coco[-1].write_text(json.dumps(content) + "\n", encoding="utf-8")
    return (figures, curves, *sheets, *coco)


def as_table(title: str, scores: Mapping[str, BoxScores]) -> Table:
    """The figures of each set, by box size and, where there are several, by class: a table for the
    terminal."""
    # Without lines between the columns it fits into 80.
    table = Table(title=title, box=SIMPLE)
    table.add_column("set", no_wrap=True)
    for heading in ("images", "boxes", "AP50", "AP50:95", "recall", "precision"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, found in scores.items():
        table.add_row(
            name,
            str(found.images),
            str(found.truths),
            *map(_cell, (found.ap50, found.ap, found.recall, found.precision)),
        )
        for word, part in _parts(found):
            cells = map(_cell, (part.ap50, part.ap))
            table.add_row(f"  {word}", "", str(part.truths), *cells, style="dim")
    thresholds = sorted({found.score_threshold for found in scores.values()})
    table.caption = (
        f"recall and precision: at IoU 0.5 and score {' or '.join(f'{t:g}' for t in thresholds)}; "
        "sizes as COCO's: below 32 x 32 pixels, below 96 x 96, above"
    )
    return table


def _parts(scores: BoxScores) -> Iterator[tuple[str, Any]]:
    yield from ((size, part) for size, part in scores.by_size.items() if part.truths)
    if len(scores.by_class) > 1:
        yield from ((label, part) for label, part in scores.by_class.items() if part.truths)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
