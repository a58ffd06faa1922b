"""Settings that the training of every detector has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from training.labelled.faults import OnFault
from training.workers import Workers

VALIDATION = 200
"""Pictures of each set that are kept for validation, as in the book."""


class DetectorTrainSettings(BaseSettings):
    """From labelled pictures to a trained network in ``<runs>/<name>``."""

    model_config = SettingsConfigDict(env_prefix="ROADSIGHT_TRAINING_", extra="ignore")

    data: list[Path] = Field(
        default_factory=list,
        description="Folders of labelled pictures: YOLO txt, PASCAL VOC, a darknet tree or COCO.",
    )
    on_fault: OnFault = Field(
        default="skip", description="What to do about bad label files: go on without, or stop."
    )
    name: str = Field(description="Name of the run, a folder below `runs`.")
    runs: Path = Field(description="Where the runs are kept.")
    change: dict[str, Any] = Field(
        default_factory=dict,
        description='Fields of the recipe to change, as JSON: {"size": 320, "epochs": 30, '
        '"augmentation": {"mosaic": 0}}.',
    )
    epochs: int | None = Field(default=None, gt=0, description="Epochs (default: the recipe's).")
    seed: int = Field(default=0, ge=0, description="Seed of weights, order and augmentation.")
    workers: Workers = 0
    resume: bool = Field(
        default=False, description="Go on from the last finished epoch of this run."
    )

    @property
    def all_changes(self) -> dict[str, Any]:
        """``change``, with the number of epochs if that was given."""
        return self.change if self.epochs is None else {**self.change, "epochs": self.epochs}
