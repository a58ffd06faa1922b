"""What a request wants of all that a detector found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from services.runtime.errors import InvalidArgumentError
from services.runtime.fields import share_of
from vision.detection_choice import MAX_DETECTIONS, Choice
from vision.model_spec import DetectorSpec


class DetectRequest(Protocol):
    """The fields of a request that choose; the contracts of all detectors have them."""

    @property
    def score_threshold(self) -> float: ...  # noqa: D102
    @property
    def iou_threshold(self) -> float: ...  # noqa: D102
    @property
    def max_detections(self) -> int: ...  # noqa: D102
    @property
    def labels(self) -> Iterable[str]: ...  # noqa: D102
    def HasField(self, field_name: str) -> bool: ...  # noqa: D102, N802


def read_choice(request: DetectRequest, spec: DetectorSpec, labels: Sequence[str]) -> Choice:
    """The choice of a request; what it leaves out is as the model file says.

    Args:
        request: the request.
        spec: the model's defaults.
        labels: the model's classes in the order of their ids.

    Raises:
        InvalidArgumentError: a threshold or the count is out of range, or a label unknown.
    """
    return Choice(
        share_of(request, "score_threshold", spec.score_threshold),
        share_of(request, "iou_threshold", spec.iou_threshold),
        _count(request, spec.max_detections),
        _class_ids(request.labels, labels),
    )


def _count(request: DetectRequest, default: int) -> int:
    if not request.HasField("max_detections"):
        return default
    if not 1 <= request.max_detections <= MAX_DETECTIONS:
        raise InvalidArgumentError(
            f"max_detections: expected a number from 1 to {MAX_DETECTIONS}, "
            f"got {request.max_detections}"
        )
    return request.max_detections


def _class_ids(wanted: Iterable[str], labels: Sequence[str]) -> frozenset[int] | None:
    names = list(wanted)
    unknown = [name for name in names if name not in labels]
    if unknown:
        # The first is enough: a request may carry any number of them.
        raise InvalidArgumentError(
            f"labels: expected some of {', '.join(labels)}, got {unknown[0][:100]!r}"
        )
    return frozenset(map(labels.index, names)) if names else None
