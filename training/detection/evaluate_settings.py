"""Settings of ``roadsight evaluate detection``: defaults, environment variables and flags."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from training.boxes.evaluate_settings import EvaluateBoxesSettings
from training.detection.road_classes import ROAD_CLASSES


class EvaluateSettings(EvaluateBoxesSettings):
    """How well a model file finds traffic objects in labelled road scenes.

    A set that is divided into train/ and val/ is measured whole: name its val/, or give
    `--part validation`, to measure on that.
    """

    own_parts = True

    model: Path = Field(
        default=Path("models/detection/1/model.onnx"),
        description="The model file, read with ONNX Runtime.",
    )
    classes: Path | None = Field(
        default=ROAD_CLASSES,
        description="A class map: YAML that says which names of the sets mean which class; `none`: "
        "the sets use the model's names.",
    )
    output: Path = Field(
        default=Path("runs/evaluate/detection"),
        description="Where plots, pictures and JSON are written.",
    )
