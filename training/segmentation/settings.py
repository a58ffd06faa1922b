"""Settings of the training: defaults, environment variables and flags in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from training.labelled.faults import OnFault
from training.runs import Epoch
from training.segmentation.recipe import Encoder, Upsampling
from training.segmentation.set_settings import MaskSetSettings
from training.workers import Workers

RecipeName = Literal["efficientnet_lite0", "book"]


class TrainSettings(MaskSetSettings):
    """From pictures and masks to a trained U-Net in ``<runs>/<name>``.

    A set that is divided into train/ and val/ is used so; of another one some pictures are kept to
    validate on.
    """

    on_fault: OnFault = Field(
        default="skip", description="What to do about bad files: go on without, or stop."
    )
    validation: int = Field(
        default=50,
        gt=0,
        description="Pictures to validate on of a set that has no part for it (val/); near "
        "duplicates stay on one side.",
    )
    name: str = Field(default="segmentation", description="Name of the run, a folder below `runs`.")
    runs: Path = Field(default=Path("runs/segmentation"), description="Where the runs are kept.")
    recipe: RecipeName = Field(
        default="efficientnet_lite0",
        description="`efficientnet_lite0`: an encoder that knows ImageNet, light enough for a CPU; "
        "`book`: the book's network, for a GPU.",
    )
    encoder: Encoder | None = Field(
        default=None, description="Another encoder than the recipe's: `none` is U-Net's own."
    )
    base_filters: int | None = Field(
        default=None, gt=0, description="Maps of the finest level (default: the recipe's)."
    )
    depth: int | None = Field(
        default=None, gt=0, description="How often a picture is halved (default: the recipe's)."
    )
    dropout: float | None = Field(
        default=None, ge=0, lt=1, description="Share of maps silenced (default: the recipe's)."
    )
    batch_normalisation: bool | None = Field(
        default=None, description="On or off (default: the recipe's)."
    )
    upsampling: Upsampling | None = Field(
        default=None, description="How maps are doubled (default: the recipe's)."
    )
    classes: int | None = Field(
        default=None,
        gt=0,
        description="1: one class against the rest, by a sigmoid, for masks of two values; else "
        "as many as the set has, which is the default.",
    )
    change: dict[str, Any] = Field(
        default_factory=dict,
        description='Other fields of the recipe to change, as JSON: {"width": 320, "height": 256, '
        '"augmentation": {"mirror": 0}}.',
    )
    epochs: int | None = Field(default=None, gt=0, description="Epochs (default: the recipe's).")
    seed: int = Field(default=0, ge=0, description="Seed of weights, order and augmentation.")
    start_from: Path | None = Field(
        default=None, description="Another run's folder whose weights to start with."
    )
    start_epoch: Epoch = Field(
        default="best", description="Of that run: the weights of its best or of its last epoch."
    )
    workers: Workers = 0
    resume: bool = Field(
        default=False, description="Go on from the last finished epoch of this run."
    )

    @property
    def all_changes(self) -> dict[str, Any]:
        """``change``, with the fields of the recipe that have settings of their own."""
        named = {
            "encoder": self.encoder,
            "base_filters": self.base_filters,
            "depth": self.depth,
            "dropout": self.dropout,
            "batch_normalisation": self.batch_normalisation,
            "upsampling": self.upsampling,
            "epochs": self.epochs,
        }
        given = {name: value for name, value in named.items() if value is not None}
        if self.encoder == "none" and self.depth is None and "depth" not in self.change:
            given["depth"] = 4  # the paper's and the book's
        return {**self.change, **given}
