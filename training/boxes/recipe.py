"""What the recipes of all detectors have in common, and how a user changes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.boxes.augmentation import Augmentation
from training.errors import TrainingError


class DetectorRecipe(BaseModel):
    """How labelled pictures become a network: what is the same for every kind of network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(default=416, multiple_of=32, gt=0, description="Side of the input, pixels.")
    epochs: int = Field(default=60, gt=0, description="Epochs, unless it stops early.")
    samples: int = Field(
        default=0, ge=0, description="Pictures in an epoch; 0: as many as there are to train on."
    )
    batch: int = Field(default=8, gt=0, description="Pictures in a batch.")
    learning_rate: float = Field(default=1e-3, gt=0, description="The highest, after warm-up.")
    warm_up: int = Field(default=1, ge=0, description="Epochs until the highest learning rate.")
    weight_decay: float = Field(default=5e-4, ge=0, description="Of AdamW.")
    average: float = Field(
        default=0.998, ge=0, lt=1, description="What each step keeps of the averaged weights (EMA)."
    )
    patience: int = Field(default=0, ge=0, description="Epochs without a better one; 0: no limit.")
    augmentation: Augmentation = Field(default=Augmentation(), description="Changes to pictures.")
    plain_epochs: int = Field(
        default=5, ge=0, description="The last epochs, in which there is no mosaic."
    )


RecipeT = TypeVar("RecipeT", bound=DetectorRecipe)


def change_recipe(recipe: RecipeT, change: Mapping[str, Any]) -> RecipeT:
    """The recipe with some fields changed; those of ``augmentation`` are merged.

    Raises:
        TrainingError: there is no such field, or its value does not fit.
    """
    fields = {**recipe.model_dump(), **change}
    if isinstance(change.get("augmentation"), Mapping):
        fields["augmentation"] = {**recipe.augmentation.model_dump(), **change["augmentation"]}
    try:
        return type(recipe).model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise TrainingError(
            f"recipe: {name}: {first['msg']}, got {first['input']!r} "
            f"(fields: {', '.join(type(recipe).model_fields)})"
        ) from error
