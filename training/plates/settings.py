"""Settings of the training: defaults, environment variables and flags in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from training.boxes.train_settings import VALIDATION, DetectorTrainSettings
from training.runs import Epoch

AnchorChoice = Literal["recipe", "k-means"]

LABELS = ("plate",)
"""What is looked for, unless other classes are named."""


class TrainSettings(DetectorTrainSettings):
    """From labelled photos to a trained YOLOv4-tiny in ``<runs>/<name>``."""

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
    name: str = Field(default="plates", description="Name of the run, a folder below `runs`.")
    runs: Path = Field(default=Path("runs/plates"), description="Where the runs are kept.")
    anchors: AnchorChoice = Field(
        default="recipe",
        description="`recipe`: those of the recipe (yolov4-tiny's, if it is not changed); "
        "`k-means`: made from the sizes of the photos' boxes.",
    )
    start_from: Path | None = Field(
        default=None,
        description="Weights to start with: another run's folder, or darknet's `.weights` "
        "(whole, or the first layers such as yolov4-tiny.conv.29).",
    )
    start_epoch: Epoch = Field(
        default="best", description="Of that run: the weights of its best or of its last epoch."
    )
