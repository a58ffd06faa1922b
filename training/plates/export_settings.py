"""Settings of ``roadsight export plates``: defaults, environment variables and flags."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from training.plates import thresholds


class ExportSettings(BaseSettings):
    """From a training run to the model files that the plates service reads."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_TRAINING_", extra="ignore")

    run: Path = Field(default=Path("runs/plates/plates"), description="Folder of the training run.")
    output: Path = Field(
        default=Path("models/plates/1/model.onnx"), description="The model file to write."
    )
    name: str = Field(default="plates", description="The model's name in its metadata.")
    version: str = Field(default="1", description="The model's version in its metadata.")
    training_data: list[str] = Field(
        default_factory=list,
        description="What the metadata calls the sets trained on (default: their folders).",
    )
    scores: dict[str, float] = Field(
        default_factory=dict,
        description='Figures for the metadata, as JSON: {"green_parking AP50": 0.996}.',
    )
    score_threshold: float = Field(
        default=thresholds.SCORE,
        ge=0,
        le=1,
        description="Score from which a box counts, unless asked for.",
    )
    iou_threshold: float = Field(
        default=thresholds.NMS_IOU,
        ge=0,
        le=1,
        description="Of two boxes that overlap more, the better one stays.",
    )
    max_detections: int = Field(
        default=thresholds.MAX_DETECTIONS, gt=0, description="At most this many boxes a picture."
    )
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
        "the outermost hundred-thousandth. Choose by what `roadsight evaluate plates` says.",
    )
    darknet: bool = Field(
        default=False, description="Also write the network for darknet: .cfg and .weights."
    )
