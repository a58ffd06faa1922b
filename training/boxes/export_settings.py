"""Settings that the export of every detector has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from training.export_settings import ModelExportSettings
from vision.model_spec import DetectorSpec, ModelSpec, Task
from vision.preprocessing import Crop


def score_threshold_field(default: Any = ...) -> Any:
    """The field ``score_threshold`` with a task's own default."""
    return Field(
        default=default,
        ge=0,
        le=1,
        description="Score from which a box counts, unless asked for.",
    )


def iou_threshold_field(default: Any = ...) -> Any:
    """The field ``iou_threshold`` with a task's own default."""
    return Field(
        default=default,
        ge=0,
        le=1,
        description="Of two boxes of a class that overlap more, the better one stays.",
    )


def max_detections_field(default: Any = ...) -> Any:
    """The field ``max_detections`` with a task's own default."""
    return Field(default=default, gt=0, description="At most this many boxes a picture.")


class DetectorExportSettings(ModelExportSettings):
    """From a training run to the model files that a service reads."""

    score_threshold: float = score_threshold_field()
    iou_threshold: float = iou_threshold_field()
    max_detections: int = max_detections_field()

    def detector_spec(self, anchors: Sequence[tuple[float, float]]) -> DetectorSpec:
        """Thresholds, and a network's anchors, for the metadata."""
        return DetectorSpec(
            anchors=tuple(anchors),
            score_threshold=self.score_threshold,
            iou_threshold=self.iou_threshold,
            max_detections=self.max_detections,
        )

    def model_spec(
        self,
        task: Task,
        *,
        labels: tuple[str, ...],
        size: int,
        anchors: Sequence[tuple[float, float]],
        training_data: tuple[str, ...],
    ) -> ModelSpec:
        """What the files say of themselves.

        Args:
            task: the service they are for.
            labels: names of the classes, by class id.
            size: width and height of the input in pixels.
            anchors: width and height of the network's anchor boxes, in pixels of the input.
            training_data: the sets trained on, unless the settings name them.
        """
        return ModelSpec(
            task=task,
            name=self.name,
            version=self.version,
            labels=labels,
            input_width=size,
            input_height=size,
            colour_order="RGB",
            crop=Crop(),
            training_data=tuple(self.training_data) or training_data,
            scores=self.scores,
            fit="letterbox",
            detector=self.detector_spec(anchors),
        )
