"""Settings of ``roadsight evaluate`` for detectors: environment variables and flags."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from training.boxes.train_settings import VALIDATION
from training.labelled.faults import OnFault

Part = Literal["validation", "all"]


class EvaluateBoxesSettings(BaseSettings):
    """How well a model file finds what is labelled in pictures."""

    own_parts: ClassVar[bool] = False
    """Whether training validates on a set's own ``val/`` where it has one."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_TRAINING_", extra="ignore")

    data: list[Path] = Field(
        default_factory=list,
        description="Folders of labelled pictures: YOLO txt, PASCAL VOC, a darknet tree or COCO.",
    )
    model: Path = Field(description="The model file, read with ONNX Runtime.")
    part: Part = Field(
        default="all",
        description="Which pictures of each set: those that training keeps for validation, or all.",
    )
    validation: int = Field(
        default=VALIDATION, gt=0, description="Pictures for validation, as training was told."
    )
    classes: Path | None = Field(
        default=None,
        description="A class map: YAML that says which names of the sets mean which class "
        "(default: the sets use the model's names).",
    )
    count: list[str] = Field(
        default_factory=list,
        description="Classes that count; what is labelled as another is ignored (default: all).",
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
        default=Path("runs/evaluate"), description="Where plots, pictures and JSON are written."
    )
