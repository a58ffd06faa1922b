"""Settings of the training: defaults, environment variables and flags in one place."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from training.boxes.train_settings import VALIDATION, DetectorTrainSettings
from training.detection.recipe import Backbone
from training.detection.road_classes import ROAD_CLASSES
from training.runs import Epoch


class TrainSettings(DetectorTrainSettings):
    """From labelled road scenes to a trained Faster R-CNN in ``<runs>/<name>``."""

    classes: Path = Field(
        default=ROAD_CLASSES,
        description="YAML that says which names of the sets are which class, which are ignored, "
        "and which classes a set does not label.",
    )
    validation: int = Field(
        default=VALIDATION,
        gt=0,
        description="Pictures to validate on of a set that has no part for it (val/); near "
        "duplicates stay on one side.",
    )
    name: str = Field(default="detection", description="Name of the run, a folder below `runs`.")
    runs: Path = Field(default=Path("runs/detection"), description="Where the runs are kept.")
    recipe: Backbone = Field(
        default="efficientnet_lite0_fpn",
        description="`efficientnet_lite0_fpn`: light, with a feature pyramid; `vgg16`: as the "
        "paper and the book have it, for a GPU.",
    )
    start_from: Path | None = Field(
        default=None, description="Another run's folder whose weights to start with."
    )
    start_epoch: Epoch = Field(
        default="best", description="Of that run: the weights of its best or of its last epoch."
    )
