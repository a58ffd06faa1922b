"""What is in a set of labelled pictures, in figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.boxes.anchors import (
    YOLOV4_TINY_ANCHORS,
    Sizes,
    average_iou,
    box_sizes,
    cluster_anchors,
)
from training.boxes.dataset import BoxDataset
from training.labelled.faults import count_kinds
from training.labelled.splitting import near_duplicates

SIZE_LIMITS = (32, 96)
"""COCO's: a box is small below 32 x 32 pixels of the picture, large from 96 x 96 on."""


@dataclass(frozen=True)
class Quantiles:
    """How values spread: 5 %, half and 95 % of them are at most so much."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class SetFigures:
    """What is in a set.

    Attributes:
        pictures: pictures that can be used.
        boxes: their boxes, without ignored regions.
        ignored: regions that a class map has told to ignore.
        without_objects: pictures without a box.
        boxes_by_class: boxes of each class that the set labels, by its name.
        boxes_by_size: boxes by COCO's limits: small, medium, large.
        width: of the boxes, as a share of the picture's width.
        height: of the boxes, as a share of the picture's height.
        aspect: width of the boxes over their height, in pixels.
        near_duplicates: groups of pictures that hardly differ, by file name.
        faults: number of faults by kind.
        anchors: width and height of the best anchors, in pixels of the input; fewer than wanted
            where there are fewer different boxes.
        anchors_iou: mean IoU of the boxes with the best of these anchors; ``None`` without boxes.
        yolov4_tiny_iou: the same with the anchors of yolov4-tiny, scaled to the input.
    """

    pictures: int
    boxes: int
    ignored: int
    without_objects: int
    boxes_by_class: dict[str, int]
    boxes_by_size: dict[str, int]
    width: Quantiles | None
    height: Quantiles | None
    aspect: Quantiles | None
    near_duplicates: list[list[str]]
    faults: dict[str, int]
    anchors: list[tuple[float, float]]
    anchors_iou: float | None
    yolov4_tiny_iou: float | None


def set_figures(dataset: BoxDataset, anchors: int, size: int, seed: int = 0) -> SetFigures:
    """Counts and measures a set.

    Args:
        dataset: the set.
        anchors: how many anchors are wanted.
        size: the side of the square input that the anchors are for, in pixels.
        seed: of the k-means' first centres.

    Raises:
        LabelError: OpenCV cannot read a picture.
    """
    in_picture = box_extents(dataset)
    picture_sizes = np.array(
        [(image.width, image.height) for image in dataset.images for _ in image.objects.boxes],
        float,
    ).reshape(-1, 2)
    shares = in_picture / picture_sizes
    in_input = box_sizes(dataset, size)
    best = (
        cluster_anchors(in_input, min(anchors, len(np.unique(in_input, axis=0))), seed)
        if len(in_input)
        else np.zeros((0, 2))
    )
    labelled = [dataset.labels[class_id] for class_id in dataset.labelled]
    classes = Counter(
        dataset.labels[class_id] for image in dataset.images for class_id in image.objects.class_ids
    )
    return SetFigures(
        pictures=len(dataset),
        boxes=len(in_picture),
        ignored=sum(int(image.ignored.sum()) for image in dataset.images),
        without_objects=sum(len(image.objects.boxes) == 0 for image in dataset.images),
        boxes_by_class={label: classes[label] for label in labelled},
        boxes_by_size=_by_size(in_picture),
        width=_quantiles(shares[:, 0]),
        height=_quantiles(shares[:, 1]),
        aspect=_quantiles(in_picture[:, 0] / in_picture[:, 1]),
        near_duplicates=near_duplicates([image.path for image in dataset.images]),
        faults=count_kinds(dataset.faults),
        anchors=[(round(width, 1), round(height, 1)) for width, height in best.tolist()],
        anchors_iou=average_iou(in_input, best) if len(best) else None,
        yolov4_tiny_iou=(
            average_iou(in_input, YOLOV4_TINY_ANCHORS * (size / 416)) if len(best) else None
        ),
    )


def box_extents(dataset: BoxDataset) -> Sizes:
    """(N, 2): width and height of every object's box in pixels of its picture."""
    objects = [image.objects.boxes for image in dataset.images]
    rows = [boxes[:, 2:] - boxes[:, :2] for boxes in objects]
    return np.concatenate(rows).astype(np.float64) if rows else np.zeros((0, 2))


def _by_size(sizes: Sizes) -> dict[str, int]:
    area = sizes.prod(axis=1)
    small, large = (area < SIZE_LIMITS[0] ** 2), (area >= SIZE_LIMITS[1] ** 2)
    return {
        "small": int(small.sum()),
        "medium": int((~small & ~large).sum()),
        "large": int(large.sum()),
    }


def _quantiles(values: npt.NDArray[np.float64]) -> Quantiles | None:
    if not len(values):
        return None
    return Quantiles(*(float(value) for value in np.quantile(values, (0.05, 0.5, 0.95))))
