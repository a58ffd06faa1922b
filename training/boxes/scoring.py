"""How good detections are: COCO's own evaluator over a set of pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.boxes.coco_evaluator import ALL_SIZES, run_coco_evaluator
from training.boxes.dataset import BoxDataset
from training.boxes.precision_recall import PrecisionRecallCurve, precision_recall
from vision.detections import Detections

MAX_DETECTIONS = 100
"""The best this many of each class count in a picture, as in COCO's AP."""
LOWEST_SCORE = 0.001
"""Detections should go down to this score: average precision wants the whole curve."""
IOU_THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""The overlaps over which COCO's AP is averaged."""
SIZES = ("small", "medium", "large")
"""COCO's box sizes: area up to 32^2, up to 96^2, and above, in pixels of the picture as it is."""


@dataclass(frozen=True)
class PartScores:
    """Figures of the boxes of one size or class; None where there are no such boxes.

    Attributes:
        truths: labelled boxes.
        ap: average precision over :data:`IOU_THRESHOLDS`, 0..1.
        ap50: average precision at IoU 0.5, 0..1.
    """

    truths: int
    ap: float | None
    ap50: float | None


@dataclass(frozen=True)
class BoxScores:
    """Figures of detections on one set, all 0..1; None where a figure is not defined.

    Averages are over the classes that have labelled boxes; precision, recall and the curve are of
    all classes together, at IoU 0.5.

    Attributes:
        images: pictures.
        truths: labelled boxes.
        ap: average precision over :data:`IOU_THRESHOLDS`; None without labelled boxes.
        ap50: average precision at IoU 0.5.
        ap75: average precision at IoU 0.75.
        ap_by_iou: average precision at each of :data:`IOU_THRESHOLDS`.
        average_recall: recall with all detections, averaged over :data:`IOU_THRESHOLDS`.
        by_size: figures by size, all of :data:`SIZES`.
        by_class: figures by class, all classes that are counted.
        score_threshold: what precision and recall are given for.
        precision: share of detections from that score on that are right; None without any.
        recall: share of the labelled boxes that they find; None without labelled boxes.
        best_f1: highest harmonic mean of precision and recall; None where nothing was found.
        best_f1_threshold: the score threshold that gives it.
        curve: precision and recall over all score thresholds.
    """

    images: int
    truths: int
    ap: float | None
    ap50: float | None
    ap75: float | None
    ap_by_iou: tuple[float | None, ...]
    average_recall: float | None
    by_size: Mapping[str, PartScores]
    by_class: Mapping[str, PartScores]
    score_threshold: float
    precision: float | None
    recall: float | None
    best_f1: float | None
    best_f1_threshold: float | None
    curve: PrecisionRecallCurve

    def as_dict(self) -> dict[str, Any]:
        """The figures by name, without the curve: ready for JSON."""
        figures = asdict(self)
        del figures["curve"]
        return figures


def score_detections(
    dataset: BoxDataset,
    detections: Sequence[Detections],
    score_threshold: float = 0.25,
    counted: Collection[int] | None = None,
) -> BoxScores:
    """Compares detections with the labelled boxes of a set.

    For AP the detections should go down to :data:`LOWEST_SCORE`: what a detector leaves out counts
    as not found. A detection in an ignored region is neither right nor wrong, as in COCO's crowds
    (:func:`training.boxes.coco.truth`).

    Args:
        dataset: the truth.
        detections: one entry a picture of the set, in its order, in pixels of the picture.
        score_threshold: what precision and recall are given for.
        counted: ids of the classes that count; boxes of others are left out on both sides, as they
            must be where a set does not label a class. If left out, those that the set labels.

    Raises:
        ValueError: there are more or fewer entries than pictures, or an id is no class of the set.
    """
    if len(detections) != len(dataset):
        raise ValueError(
            f"{dataset.name}: expected detections of {len(dataset)} pictures, got {len(detections)}"
        )
    class_ids = sorted(dataset.labelled if counted is None else set(counted))
    found_ids = {int(one.class_ids.max()) for one in detections if len(one)}
    if not class_ids or class_ids[0] < 0 or max([*class_ids, *found_ids]) >= len(dataset.labels):
        raise ValueError(
            f"{dataset.name}: expected class ids 0..{len(dataset.labels) - 1}, got detections up "
            f"to {max(found_ids, default=None)} and counted {class_ids}"
        )
    found = run_coco_evaluator(dataset, detections, class_ids, MAX_DETECTIONS)
    precision, truths = found.precision, found.truths
    total = int(truths[:, ALL_SIZES].sum())
    curve = precision_recall(found.scores, found.right, total)
    operating = curve.at(score_threshold)
    best = curve.best_f1()
    return BoxScores(
        images=len(dataset),
        truths=total,
        ap=_mean(precision[..., ALL_SIZES]),
        ap50=_mean(precision[0, ..., ALL_SIZES]),
        ap75=_mean(precision[IOU_THRESHOLDS.index(0.75), ..., ALL_SIZES]),
        ap_by_iou=tuple(_mean(at_iou[..., ALL_SIZES]) for at_iou in precision),
        average_recall=_mean(found.recall[..., ALL_SIZES]),
        by_size={
            size: PartScores(
                int(truths[:, column].sum()),
                _mean(precision[..., column]),
                _mean(precision[0, ..., column]),
            )
            for column, size in enumerate(SIZES, 1)
        },
        by_class={
            dataset.labels[class_id]: PartScores(
                int(truths[row, ALL_SIZES]),
                _mean(precision[:, :, row, ALL_SIZES]),
                _mean(precision[0, :, row, ALL_SIZES]),
            )
            for row, class_id in enumerate(class_ids)
        },
        score_threshold=score_threshold,
        precision=None if operating is None else operating[0],
        recall=None if total == 0 else 0.0 if operating is None else operating[1],
        best_f1=None if best is None else best[0],
        best_f1_threshold=None if best is None else best[1],
        curve=curve,
    )


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    """The mean of what is defined: COCO writes -1 where there are no labelled boxes."""
    defined = values[values > -1]
    return float(defined.mean()) if defined.size else None
