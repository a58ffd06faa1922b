"""The recipes: every number that decides what is trained, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.errors import TrainingError


class Recipe(BaseModel):
    """How recordings become a network. The defaults are Roadsight's own recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Targets.
    smooth_frames: int = Field(
        default=9, description="Steering is averaged over so many frames; 1: raw."
    )
    steering_gain: float = Field(
        default=1.0,
        gt=0,
        le=3,
        description="Recorded steering is multiplied by this. Least squares answers too little "
        "where a driver is unsteady; above 1 makes up for it.",
    )

    # Which rows are drawn.
    straight_cap: int = Field(
        default=0, description="At most so many rows with steering 0; 0: no limit."
    )
    balance: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="0: rows as they come; 1: every steering angle equally often.",
    )
    min_speed_mph: float = Field(
        default=1.0, description="Slower rows teach nothing and are left out."
    )
    validation_share: float = Field(
        default=0.15, gt=0, lt=1, description="Share of the rows, in blocks."
    )
    validation_block: int = Field(default=300, gt=0, description="Rows of a block.")

    # Cameras and views.
    side_cameras: bool = Field(default=True, description="Use the left and right picture too.")
    side_correction: float = Field(
        default=0.2, description="Steering added for the left and taken off for the right camera."
    )
    mirror: bool = Field(default=True, description="Mirror half of the pictures.")
    shift_px: tuple[float, float] = Field(
        default=(0.0, 0.0), description="Shift of the input picture, largest across and down."
    )
    shift_steering_per_px: float = Field(
        default=0.0, description="Steering added per pixel to the right."
    )
    offset_m: float = Field(default=0.6, description="View from so far beside the path, at most.")
    heading_deg: float = Field(default=2.5, description="View turned so far, at most.")
    recovery_s: float = Field(
        default=1.8, gt=0, description="An offset is steered off in about this time at the speed."
    )
    recovery_min_m: float = Field(
        default=7.0, gt=0, description="... but over no less than this distance."
    )

    # Light and picture quality: each is the largest change, 0 is none.
    brightness: float = Field(default=0.35, ge=0, description="Gain, as a share.")
    gamma: float = Field(default=0.4, ge=0, description="Exponent, in powers of e.")
    tint: float = Field(
        default=0.12, ge=0, description="Gain of each colour by itself, as a share."
    )
    saturation: float = Field(
        default=0.6, ge=0, description="Gain of the distance from grey, as a share."
    )
    hue_deg: float = Field(
        default=12.0, ge=0, description="Turn of the colours about the grey axis."
    )
    shadow: float = Field(default=0.5, ge=0, le=1, description="Probability of a shadow's edge.")
    blur: float = Field(default=0.25, ge=0, le=1, description="Probability of a blur.")
    noise: float = Field(default=6.0, ge=0, description="Standard deviation in grey values of 255.")

    # Network.
    batch_norm: bool = Field(
        default=True, description="Batch normalisation after each convolution."
    )
    normalise_picture: bool = Field(
        default=False, description="Take each picture's mean off and divide by its contrast."
    )
    dropout: float = Field(default=0.3, ge=0, lt=1, description="Before the dense layers.")
    width: float = Field(default=0.5, gt=0, description="Filters, as a multiple of NVIDIA's.")

    # Optimisation.
    even_errors: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="1: errors relative to how much a recording steers; 0: plain.",
    )
    loss: Literal["mse", "huber"] = Field(
        default="mse", description="`huber` bends at `huber_delta`."
    )
    huber_delta: float = Field(default=0.2, gt=0, description="Where Huber's loss becomes linear.")
    optimizer: Literal["adam", "adamw"] = Field(default="adamw", description="Optimiser.")
    weight_decay: float = Field(default=1e-3, ge=0, description="Of AdamW.")
    learning_rate: float = Field(default=7e-4, gt=0, description="At its highest.")
    schedule: Literal["constant", "cosine"] = Field(
        default="cosine", description="`cosine`: one epoch of warm-up, then down to 1 % at the end."
    )
    average: float = Field(
        default=0.998, ge=0, lt=1, description="Momentum of the averaged weights; 0: no averaging."
    )
    batch_size: int = Field(default=64, gt=0, description="Pictures a step.")
    epoch_size: int = Field(default=16_000, gt=0, description="Pictures an epoch.")
    epochs: int = Field(default=25, gt=0, description="Epochs.")


BOOK = Recipe(
    smooth_frames=1,
    straight_cap=1_000,
    balance=0.0,
    even_errors=0.0,
    min_speed_mph=-100.0,
    validation_share=0.2,
    side_correction=0.2,
    shift_px=(31.0, 2.0),
    shift_steering_per_px=0.0032,
    offset_m=0.0,
    heading_deg=0.0,
    brightness=0.2,
    gamma=0.0,
    tint=0.0,
    saturation=0.0,
    hue_deg=0.0,
    shadow=1.0,
    blur=0.0,
    noise=0.0,
    batch_norm=False,
    width=1.0,
    dropout=0.5,
    optimizer="adam",
    weight_decay=0.0,
    learning_rate=1e-4,
    schedule="constant",
    average=0.0,
    batch_size=40,
    epoch_size=20_000,
    epochs=10,
)
"""Chapter 10 of the book. Its shift of 100x10 pixels of the 320x75 crop, with 0.002 steering a
pixel, is given here in pixels of the 200x66 input, halved to both sides as there."""

RECIPES: Mapping[str, Recipe] = {"roadsight": Recipe(), "book": BOOK}


def make_recipe(name: str, change: Mapping[str, Any]) -> Recipe:
    """A recipe with some fields changed.

    Raises:
        TrainingError: a field does not exist or its value cannot be used.
    """
    fields = {**RECIPES[name].model_dump(), **change}
    try:
        return Recipe.model_validate(fields)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()
        )
        raise TrainingError(f"recipe '{name}' cannot be changed so: {wrong}") from error
