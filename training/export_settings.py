"""Settings that every export of a network that sees pictures has."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from training.errors import ExportError
from training.runs import Epoch


class ModelExportSettings(BaseSettings):
    """From a training run to the model files that a service reads."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_TRAINING_", extra="ignore")

    run: Path = Field(description="Folder of the training run.")
    epoch: Epoch = Field(
        default="best",
        description="`best`: the weights of the epoch that was best on validation; `last`: of the "
        "last one, where the pictures to validate on are too like those trained on to choose.",
    )
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
