"""COCO's own evaluator (pycocotools) over a set, kept quiet."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.boxes.coco import results, truth
from training.boxes.dataset import BoxDataset
from vision.detections import Detections

ALL_SIZES = 0
"""The column of all boxes, before those of small, medium and large ones."""


@dataclass(frozen=True)
class CocoResult:
    """What the evaluator says, for K classes; -1 where there are no labelled boxes.

    Attributes:
        precision: float64 (10, 101, K, 4), by overlap (0.5 to 0.95), recall (0 to 1), class, size
            (all, small, medium, large).
        recall: float64 (10, K, 4), by overlap, class and size.
        truths: int64 (K, 4), labelled boxes by class and size, without ignored regions.
        scores: float32 (D,), of all detections of these classes but those in ignored regions.
        right: bool (D,), whether each of them found a labelled box at IoU 0.5.
    """

    precision: npt.NDArray[np.float64]
    recall: npt.NDArray[np.float64]
    truths: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    right: npt.NDArray[np.bool_]


def run_coco_evaluator(
    dataset: BoxDataset,
    detections: Sequence[Detections],
    class_ids: Sequence[int],
    max_detections: int,
) -> CocoResult:
    """Compares detections, one entry a picture of the set, with the truth.

    Args:
        dataset: the truth.
        detections: in pixels of the picture, with the set's class ids.
        class_ids: the classes that count, at least one.
        max_detections: the best this many of each class count in a picture.
    """
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
        evaluator = COCOeval(_index(labelled), _index(found), "bbox")
        evaluator.params.catIds = [class_id + 1 for class_id in class_ids]
        evaluator.params.maxDets = [max_detections]
        evaluator.evaluate()
        evaluator.accumulate()
    truths, scores, right = _pool(evaluator)
    return CocoResult(
        precision=evaluator.eval["precision"][..., 0],
        recall=evaluator.eval["recall"][..., 0],
        truths=truths,
        scores=scores,
        right=right,
    )


def _index(content: dict[str, Any]) -> Any:
    from pycocotools.coco import COCO

    side = COCO()
    side.dataset = content
    side.createIndex()
    return side


def _pool(
    evaluator: Any,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Truths by class and size; scores and rightness at IoU 0.5 of all judged detections."""
    params = evaluator.params
    classes, sizes = len(params.catIds), len(params.areaRng)
    # By class, then by size, then by picture; None where a picture has nothing of a class.
    judged = iter(evaluator.evalImgs)
    truths = np.zeros((classes, sizes), np.int64)
    scores: list[float] = []
    right: list[bool] = []
    for row in range(classes):
        for column in range(sizes):
            for _ in params.imgIds:
                picture = next(judged)
                if picture is None:
                    continue
                truths[row, column] += np.count_nonzero(np.asarray(picture["gtIgnore"]) == 0)
                if column == ALL_SIZES:
                    judged_at_half = ~np.asarray(picture["dtIgnore"][0], bool)
                    scores += np.asarray(picture["dtScores"])[judged_at_half].tolist()
                    right += (picture["dtMatches"][0] > 0)[judged_at_half].tolist()
    return truths, np.array(scores, np.float32), np.array(right, np.bool_)
