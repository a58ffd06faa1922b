"""Truth and detections in COCO's data and results formats (https://cocodataset.org): boxes as x, y,
width, height in pixels of the picture, ids from 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from training.boxes.dataset import IGNORED, BoxDataset
from vision.detections import Detections


def truth(dataset: BoxDataset) -> dict[str, Any]:
    """The labelled boxes of a set: ``images``, ``annotations`` and ``categories``.

    A picture's id is its place in the set, a category's its class id, both plus 1: COCO's evaluator
    takes an id of 0 for "no match". An annotation's area is that of its box. An ignored region is a
    crowd (``iscrowd``) of each class that the set labels: a detection of which at least the
    demanded overlap lies inside is neither right nor wrong.
    """
    annotations: list[dict[str, Any]] = []
    for image_id, image in enumerate(dataset.images, 1):
        for box, class_id in zip(sized(image.boxes), image.class_ids.tolist(), strict=True):
            ignored = class_id == IGNORED
            annotations += [
                {
                    "id": number,
                    "image_id": image_id,
                    "category_id": of_class + 1,
                    "bbox": box,
                    "area": box[2] * box[3],
                    "iscrowd": int(ignored),
                }
                for number, of_class in enumerate(
                    dataset.labelled if ignored else [class_id], len(annotations) + 1
                )
            ]
    return {
        "images": [
            {
                "id": image_id,
                "file_name": image.path.name,
                "width": image.width,
                "height": image.height,
            }
            for image_id, image in enumerate(dataset.images, 1)
        ],
        "annotations": annotations,
        "categories": [
            {"id": category_id, "name": label}
            for category_id, label in enumerate(dataset.labels, 1)
        ],
    }


def results(detections: Sequence[Detections]) -> list[dict[str, Any]]:
    """The detections, one entry of the sequence a picture, with the ids of :func:`truth`."""
    return [
        {"image_id": image_id, "category_id": class_id + 1, "bbox": box, "score": score}
        for image_id, found in enumerate(detections, 1)
        for box, score, class_id in zip(
            sized(found.boxes), found.scores.tolist(), found.class_ids.tolist(), strict=True
        )
    ]


def sized(boxes: npt.NDArray[np.float32]) -> list[list[float]]:
    """Boxes as COCO writes them: x, y, width, height, from float32 (N, 4) of corners."""
    corners = boxes.astype(np.float64)
    rows: list[list[float]] = np.concatenate(
        [corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1
    ).tolist()
    return rows
