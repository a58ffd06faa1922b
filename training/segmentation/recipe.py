"""The recipes: every number that decides what is trained, in one place."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from training.recipe import FittingRecipe
from training.segmentation.augmentation import Augmentation

Encoder = Literal["none", "efficientnet_lite0"]
Upsampling = Literal["nearest", "bilinear", "transposed"]

ENCODER_DEPTH = 5
"""How often EfficientNet-Lite0 halves a picture."""

BOOK_AUGMENTATION = Augmentation(
    mirror=0.5,
    move=1.0,
    scale=(0.95, 1.05),
    shift=0.05,
    rotate_degrees=0.2,
    shear_degrees=0.05,
    light=0.0,
    night=0.0,
    colour=0.0,
    grey=0.0,
    blur=0.0,
    noise=0.0,
    compression=0.0,
)
"""The book's, chapter 15."""


class Recipe(FittingRecipe):
    """How pictures and their masks become a U-Net."""

    encoder: Encoder = Field(
        default="efficientnet_lite0",
        description="`none`: U-Net's own, from random weights; `efficientnet_lite0`: ImageNet's.",
    )
    imagenet: bool = Field(
        default=True, description="Start the encoder with the weights of ImageNet, if it has any."
    )
    frozen_stages: int = Field(
        default=0, ge=0, le=7, description="Stages of EfficientNet, from the first, not trained."
    )
    base_filters: int = Field(
        default=24,
        gt=0,
        description="Maps of the finest level; each coarser one has twice as many.",
    )
    depth: int = Field(
        default=ENCODER_DEPTH, gt=0, le=7, description="How often a picture is halved."
    )
    batch_normalisation: bool = Field(
        default=True, description="Normalise between the convolutions of U-Net's own layers."
    )
    dropout: float = Field(
        default=0.1, ge=0, lt=1, description="Share of the deepest maps silenced in training."
    )
    upsampling: Upsampling = Field(
        default="bilinear",
        description="`nearest`: then a 2 x 2 convolution, as in the book; `bilinear`; or a "
        "`transposed` convolution, as in the paper.",
    )
    width: int = Field(default=480, gt=0, description="Of the input, pixels.")
    height: int = Field(default=384, gt=0, description="Of the input, pixels.")

    class_balance: float = Field(
        default=0.125,
        ge=0,
        le=1,
        description="How much rare classes count more: 0 not, 1 as much as they are rarer "
        "(median frequency balancing). More of it finds more of them, also where there are none.",
    )
    dice: float = Field(
        default=0.0, ge=0, description="Weight of the Dice loss beside the cross entropy."
    )
    epochs: int = Field(default=120, gt=0, description="Epochs, unless it stops early.")
    weight_decay: float = Field(default=1e-3, ge=0, description="Of AdamW.")
    average: float = Field(
        default=0.99, ge=0, lt=1, description="What each step keeps of the averaged weights (EMA)."
    )
    augmentation: Augmentation = Field(default=Augmentation(), description="Changes to pictures.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.encoder == "efficientnet_lite0" and self.depth != ENCODER_DEPTH:
            raise ValueError(
                f"depth: the encoder efficientnet_lite0 halves {ENCODER_DEPTH} times, "
                f"expected that, got {self.depth}"
            )
        for name, side in (("width", self.width), ("height", self.height)):
            if side % 2**self.depth:
                raise ValueError(
                    f"{name}: expected a multiple of {2**self.depth}, as the picture is halved "
                    f"{self.depth} times, got {side}"
                )
        return self


RECIPES: dict[str, Recipe] = {
    "efficientnet_lite0": Recipe(),
    "book": Recipe(
        encoder="none",
        imagenet=False,
        base_filters=64,
        depth=4,
        batch_normalisation=False,
        dropout=0.5,
        upsampling="nearest",
        width=256,
        height=256,
        class_balance=0.0,
        batch=2,
        learning_rate=1e-4,
        weight_decay=0.0,
        average=0.0,
        augmentation=BOOK_AUGMENTATION,
    ),
}
