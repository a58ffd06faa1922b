"""Settings of ``roadsight evaluate plates``: defaults, environment variables and flags."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from training.boxes.reading import OnFault
from training.plates.settings import VALIDATION

Part = Literal["validation", "all"]


class EvaluateSettings(BaseSettings):
    """How well a model file finds plates in labelled photos."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_TRAINING_", extra="ignore")

    data: list[Path] = Field(
        default_factory=list,
        description="Folders of labelled photos: YOLO txt, PASCAL VOC, a darknet tree or COCO.",
    )
    model: Path = Field(
        default=Path("models/plates/1/model.onnx"),
        description="The model file, read with ONNX Runtime.",
    )
    part: Part = Field(
        default="validation",
        description="Which photos of each set: those that training keeps for validation, or all.",
    )
    validation: int = Field(
        default=VALIDATION, gt=0, description="Photos for validation, as training was told."
    )
    score_threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Score for precision, recall and mistakes (default: the model's own).",
    )
    on_fault: OnFault = Field(
        default="skip", description="What to do about bad label files: go on without, or stop."
    )
    output: Path = Field(
        default=Path("runs/evaluate/plates"),
        description="Where plots, pictures and JSON are written.",
    )
