"""What is wanted of all that a detector finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from vision.model_spec import DetectorSpec

MAX_DETECTIONS = 1000
"""The most that may be asked for."""


@dataclass(frozen=True)
class Choice:
    """Which detections are wanted of all that a detector finds.

    Attributes:
        score_threshold: the lowest score that counts, 0..1.
        iou_threshold: the overlap above which only the better of two boxes stays, 0..1.
        max_detections: the best this many.
        class_ids: the wanted classes; None means all.
    """

    score_threshold: float
    iou_threshold: float
    max_detections: int
    class_ids: frozenset[int] | None = None

    @classmethod
    def of(cls, spec: DetectorSpec) -> Self:
        """What a model file has for those who choose nothing."""
        return cls(spec.score_threshold, spec.iou_threshold, spec.max_detections)
