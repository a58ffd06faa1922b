"""Detections as the contract says them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from protos.common.v1 import common_pb2
from vision.detections import Detections


def to_messages(found: Detections, labels: Sequence[str]) -> Iterator[common_pb2.Detection]:
    """A message for each detection, in their order.

    Args:
        found: the detections, boxes in pixels of the sent picture.
        labels: the model's classes in the order of their ids.
    """
    for box, score, class_id in zip(
        found.boxes.tolist(), found.scores.tolist(), found.class_ids.tolist(), strict=True
    ):
        x_min, y_min, x_max, y_max = box
        yield common_pb2.Detection(
            box=common_pb2.BoundingBox(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max),
            label=labels[class_id],
            class_id=class_id,
            score=score,
        )
