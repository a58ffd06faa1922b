"""Settings that the export of every detector has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from training.errors import ExportError
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


class DetectorExportSettings(BaseSettings):
    """From a training run to the model files that a service reads."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_TRAINING_", extra="ignore")

    run: Path = Field(description="Folder of the training run.")
    output: Path = Field(description="The model file to write.")
    name: str = Field(description="The model's name in its metadata.")
    version: str = Field(default="1", description="The model's version in its metadata.")
    training_data: list[str] = Field(
        default_factory=list,
        description="What the metadata calls the sets trained on (default: their folders).",
    )
    scores: dict[str, float] = Field(
        default_factory=dict,
        description='Figures for the metadata, as JSON: {"parking AP50": 0.996}.',
    )
    score_threshold: float = score_threshold_field()
    iou_threshold: float = iou_threshold_field()
    max_detections: int = max_detections_field()
    half: bool = Field(
        default=True,
        description="Store large weights in 16 bits: half the file, computed in 32 bits.",
    )
    int8: bool = Field(default=False, description="Also write model.int8.onnx beside it, for CPUs.")
    calibration: list[Path] = Field(
        default_factory=list,
        description="Folders with pictures as the camera sees them, for int8. Not the test set's.",
    )
    calibration_pictures: int = Field(
        default=60, gt=0, description="How many of those pictures are used, evenly spread."
    )
    calibration_method: Literal["minmax", "percentile"] = Field(
        default="minmax",
        description="`minmax`: a tensor's range is all it was seen to hold; `percentile`: without "
        "the outermost hundred-thousandth. Choose by what `roadsight evaluate` says.",
    )

    def check(self) -> None:
        """Raises an ``ExportError`` where one setting needs another one."""
        if self.int8 and not self.calibration:
            raise ExportError(
                "int8 needs pictures to measure the network's range on: name folders with "
                "--calibration, of the kind of pictures it will be used on"
            )

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
