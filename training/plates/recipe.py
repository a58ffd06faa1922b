"""The recipe: every number that decides what is trained, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.boxes.augmentation import Augmentation
from training.errors import TrainingError
from training.plates.network import COCO_ANCHORS, Anchors


class Recipe(BaseModel):
    """How labelled photos become a network."""

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

    anchors: tuple[tuple[float, float], ...] = Field(
        default=COCO_ANCHORS.sizes,
        min_length=6,
        max_length=6,
        description="Width and height of the anchors in pixels of the input, small first.",
    )
    masks: tuple[tuple[int, int, int], tuple[int, int, int]] = Field(
        default=COCO_ANCHORS.masks, description="Which anchors each head uses, coarse head first."
    )
    match_iou: float = Field(default=0.213, gt=0, le=1, description="`iou_thresh` of darknet.")
    ignore_iou: float = Field(default=0.7, gt=0, le=1, description="`ignore_thresh` of darknet.")
    box_weight: float = Field(default=3.0, gt=0, description="Weight of the CIoU loss.")
    class_weight: float = Field(default=0.5, ge=0, description="Weight of the class loss.")

    augmentation: Augmentation = Field(default=Augmentation(), description="Changes to pictures.")
    plain_epochs: int = Field(
        default=5, ge=0, description="The last epochs, in which there is no mosaic."
    )
    scene_share: float = Field(
        default=0.35, ge=0, lt=1, description="Share of road scenes with painted plates, if given."
    )

    @property
    def network_anchors(self) -> Anchors:
        """The anchors as the network takes them."""
        return Anchors(self.anchors, self.masks)


def make_recipe(change: Mapping[str, Any]) -> Recipe:
    """The recipe with some fields changed; those of ``augmentation`` are merged.

    Raises:
        TrainingError: there is no such field, or its value does not fit.
    """
    fields = dict(change)
    if isinstance(fields.get("augmentation"), Mapping):
        fields["augmentation"] = {**Augmentation().model_dump(), **fields["augmentation"]}
    try:
        return Recipe.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise TrainingError(
            f"recipe: {name}: {first['msg']}, got {first['input']!r} "
            f"(fields: {', '.join(Recipe.model_fields)})"
        ) from error
