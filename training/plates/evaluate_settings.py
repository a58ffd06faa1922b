"""Settings of ``roadsight evaluate plates``: defaults, environment variables and flags."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from training.boxes.evaluate_settings import EvaluateBoxesSettings, Part


class EvaluateSettings(EvaluateBoxesSettings):
    """How well a model file finds plates in labelled photos."""

    model: Path = Field(
        default=Path("models/plates/1/model.onnx"),
        description="The model file, read with ONNX Runtime.",
    )
    part: Part = Field(
        default="validation",
        description="Which photos of each set: those that training keeps for validation, or all.",
    )
    output: Path = Field(
        default=Path("runs/evaluate/plates"),
        description="Where plots, pictures and JSON are written.",
    )
