"""What the recipes of all networks that Keras' ``fit`` trains have in common, and changing one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.errors import TrainingError


class FittingRecipe(BaseModel):
    """How long and how fast a network learns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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


RecipeT = TypeVar("RecipeT", bound=FittingRecipe)


def change_recipe(recipe: RecipeT, change: Mapping[str, Any]) -> RecipeT:
    """The recipe with some fields changed; those of ``augmentation`` are merged.

    Raises:
        TrainingError: there is no such field, or its value does not fit.
    """
    fields = {**recipe.model_dump(), **change}
    augmentation = getattr(recipe, "augmentation", None)
    if isinstance(augmentation, BaseModel) and isinstance(change.get("augmentation"), Mapping):
        fields["augmentation"] = {**augmentation.model_dump(), **change["augmentation"]}
    try:
        return type(recipe).model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise TrainingError(
            f"recipe: {name}: {first['msg']}, got {first['input']!r} "
            f"(fields: {', '.join(type(recipe).model_fields)})"
        ) from error
