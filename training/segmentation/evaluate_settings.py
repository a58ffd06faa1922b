"""Settings of ``roadsight evaluate segmentation``: defaults, environment variables and flags."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from training.labelled.faults import OnFault
from training.segmentation.set_settings import MaskSetSettings


class EvaluateSettings(MaskSetSettings):
    """How well a model file names the pixels of pictures with masks.

    A set that is divided into train/, val/ and test/ is measured whole: name its test/ to measure
    on that.
    """

    model: Path = Field(
        default=Path("models/segmentation/1/model.onnx"),
        description="The model file, read with ONNX Runtime.",
    )
    mirrored: bool = Field(
        default=False,
        description="Ask for each picture's mirror image too (test-time augmentation): twice the "
        "time, and not what the service answers.",
    )
    on_fault: OnFault = Field(
        default="skip", description="What to do about bad files: go on without, or stop."
    )
    output: Path = Field(
        default=Path("runs/evaluate/segmentation"),
        description="Where plots, pictures and JSON are written.",
    )
