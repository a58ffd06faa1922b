"""Settings of the training: defaults, environment variables and flags in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from training.boxes.reading import OnFault

AnchorChoice = Literal["recipe", "k-means"]

LABELS = ("plate",)
"""What is looked for, unless other classes are named."""

VALIDATION = 200
"""Pictures of each set that are kept for validation, as in the book."""


class TrainSettings(BaseSettings):
    """From labelled photos to a trained YOLOv4-tiny in ``<runs>/<name>``."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_TRAINING_", extra="ignore")

    data: list[Path] = Field(
        default_factory=list,
        description="Folders of labelled photos: YOLO txt, PASCAL VOC, a darknet tree or COCO.",
    )
    labels: list[str] = Field(
        default=list(LABELS),
        min_length=1,
        description="Names of the classes to be found. A set with one class only is taken for the "
        "one that is wanted, whatever it calls it; boxes of other classes are left away.",
    )
    scenes: list[Path] = Field(
        default_factory=list,
        description="Road scenes with boxes around vehicles: plates are painted onto these.",
    )
    validation: int = Field(
        default=VALIDATION,
        gt=0,
        description="Photos of each set to validate on; near duplicates stay on one side.",
    )
    on_fault: OnFault = Field(
        default="skip", description="What to do about bad label files: go on without, or stop."
    )
    name: str = Field(default="plates", description="Name of the run, a folder below `runs`.")
    runs: Path = Field(default=Path("runs/plates"), description="Where the runs are kept.")
    change: dict[str, Any] = Field(
        default_factory=dict,
        description='Fields of the recipe to change, as JSON: {"size": 320, "epochs": 30, '
        '"augmentation": {"mosaic": 0}}.',
    )
    anchors: AnchorChoice = Field(
        default="recipe",
        description="`recipe`: those of the recipe (yolov4-tiny's, if it is not changed); "
        "`k-means`: made from the sizes of the photos' boxes.",
    )
    epochs: int | None = Field(default=None, gt=0, description="Epochs (default: the recipe's).")
    seed: int = Field(default=0, ge=0, description="Seed of weights, order and augmentation.")
    resume: bool = Field(
        default=False, description="Go on from the last finished epoch of this run."
    )
    start_from: Path | None = Field(
        default=None,
        description="Weights to start with: another run's folder, or darknet's `.weights` "
        "(whole, or the first layers such as yolov4-tiny.conv.29).",
    )
