"""What a segmentation answers, as the contract says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from protos.segmentation.v1 import segmentation_pb2
from vision.drivable_area import Area, Outline
from vision.model_spec import SegmenterSpec


def share_messages(
    labels: Sequence[str], shares: npt.NDArray[np.float64]
) -> Iterator[segmentation_pb2.ClassShare]:
    """A message for each class, in the order of their ids.

    Args:
        labels: the model's classes in the order of their ids.
        shares: of the picture, 0..1, as many.
    """
    for class_id, (label, share) in enumerate(zip(labels, shares.tolist(), strict=True)):
        yield segmentation_pb2.ClassShare(class_id=class_id, label=label, share=share)


def class_messages(
    labels: Sequence[str], classes: SegmenterSpec
) -> Iterator[segmentation_pb2.ClassInfo]:
    """What is to be known of each class, in the order of their ids."""
    for class_id, (label, colour) in enumerate(zip(labels, classes.palette, strict=True)):
        red, green, blue = colour
        yield segmentation_pb2.ClassInfo(
            class_id=class_id,
            label=label,
            red=red,
            green=green,
            blue=blue,
            drivable=label in classes.drivable,
        )


def polygon_messages(areas: Sequence[Area]) -> Iterator[segmentation_pb2.Polygon]:
    """A message for each area, in their order."""
    for area in areas:
        yield segmentation_pb2.Polygon(
            points=_points(area.outline),
            holes=[segmentation_pb2.Hole(points=_points(hole)) for hole in area.holes],
            share=area.share,
        )


def _points(outline: Outline) -> list[segmentation_pb2.Point]:
    return [segmentation_pb2.Point(x=x, y=y) for x, y in outline.tolist()]
