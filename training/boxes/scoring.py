"""How good detections are: COCO's own evaluator over a set of pictures."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.boxes.coco import results, truth
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

_ALL_SIZES = 0


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
    as not found.

    Args:
        dataset: the truth.
        detections: one entry a picture of the set, in its order, in pixels of the picture.
        score_threshold: what precision and recall are given for.
        counted: ids of the classes that count; boxes of others are left out on both sides, as they
            must be where a set does not label a class. All classes if left out.

    Raises:
        ValueError: there are more or fewer entries than pictures, or an id is no class of the set.
    """
    if len(detections) != len(dataset):
        raise ValueError(
            f"{dataset.name}: expected detections of {len(dataset)} pictures, got {len(detections)}"
        )
    class_ids = sorted(range(len(dataset.labels)) if counted is None else set(counted))
    found_ids = {int(found.class_ids.max()) for found in detections if len(found)}
    if not class_ids or class_ids[0] < 0 or max([*class_ids, *found_ids]) >= len(dataset.labels):
        raise ValueError(
            f"{dataset.name}: expected class ids 0..{len(dataset.labels) - 1}, got detections up "
            f"to {max(found_ids, default=None)} and counted {class_ids}"
        )
    matches = _evaluate(dataset, detections, class_ids)
    # precision: (IoU, recall, class, size, limit); recall: (IoU, class, size, limit).
    precision = matches.eval["precision"][..., 0]
    truths, scores, right = _pool(matches)
    total = int(truths[:, _ALL_SIZES].sum())
    curve = precision_recall(scores, right, total)
    operating = curve.at(score_threshold)
    best = curve.best_f1()
    return BoxScores(
        images=len(dataset),
        truths=total,
        ap=_mean(precision[..., _ALL_SIZES]),
        ap50=_mean(precision[0, ..., _ALL_SIZES]),
        ap75=_mean(precision[IOU_THRESHOLDS.index(0.75), ..., _ALL_SIZES]),
        ap_by_iou=tuple(_mean(at_iou[..., _ALL_SIZES]) for at_iou in precision),
        average_recall=_mean(matches.eval["recall"][..., _ALL_SIZES, 0]),
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
                int(truths[row, _ALL_SIZES]),
                _mean(precision[:, :, row, _ALL_SIZES]),
                _mean(precision[0, :, row, _ALL_SIZES]),
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


def _evaluate(
    dataset: BoxDataset, detections: Sequence[Detections], class_ids: Sequence[int]
) -> Any:
    """COCO's evaluator after its work."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    labelled = truth(dataset)
    # Not by COCO.loadRes, which cannot take an empty list.
    found = {
        "images": labelled["images"],
        "categories": labelled["categories"],
        "annotations": [
            {**entry, "id": number, "area": entry["bbox"][2] * entry["bbox"][3], "iscrowd": 0}
            for number, entry in enumerate(results(detections), 1)
        ],
    }
    # It tells of its steps on the screen, and there is no other way to stop it.
    with contextlib.redirect_stdout(io.StringIO()):
        sides = []
        for content in (labelled, found):
            side = COCO()
            side.dataset = content
            side.createIndex()
            sides.append(side)
        evaluator = COCOeval(*sides, "bbox")
        evaluator.params.catIds = [class_id + 1 for class_id in class_ids]
        evaluator.params.maxDets = [MAX_DETECTIONS]
        evaluator.evaluate()
        evaluator.accumulate()
    return evaluator


def _pool(
    evaluator: Any,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Counts of truths (classes, sizes); scores and rightness at IoU 0.5 of all detections."""
    params = evaluator.params
    classes, sizes = len(params.catIds), len(params.areaRng)
    pictures = iter(evaluator.evalImgs)
    truths = np.zeros((classes, sizes), np.int64)
    scores: list[float] = []
    right: list[bool] = []
    for row in range(classes):
        for column in range(sizes):
            for _ in params.imgIds:
                picture = next(pictures)
                if picture is None:
                    continue
                truths[row, column] += np.count_nonzero(np.asarray(picture["gtIgnore"]) == 0)
                if column == _ALL_SIZES:
                    scores += picture["dtScores"]
                    right += (picture["dtMatches"][0] > 0).tolist()
    return truths, np.array(scores, np.float32), np.array(right, np.bool_)


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    """The mean of what is defined: COCO writes -1 where there are no labelled boxes."""
    defined = values[values > -1]
    return float(defined.mean()) if defined.size else None
