"""What the recipes of all detectors have in common."""

from __future__ import annotations

from pydantic import Field

from training.boxes.augmentation import Augmentation
from training.recipe import FittingRecipe


class DetectorRecipe(FittingRecipe):
    """How labelled pictures become a network: what is the same for every kind of network."""

    size: int = Field(default=416, multiple_of=32, gt=0, description="Side of the input, pixels.")
    augmentation: Augmentation = Field(default=Augmentation(), description="Changes to pictures.")
    plain_epochs: int = Field(
        default=5, ge=0, description="The last epochs, in which there is no mosaic."
    )
