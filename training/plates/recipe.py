"""The recipe: every number that decides what is trained, in one place."""

from __future__ import annotations

from pydantic import Field

from training.boxes.recipe import DetectorRecipe
from training.plates.network import COCO_ANCHORS, Anchors


class Recipe(DetectorRecipe):
    """How labelled photos become a YOLOv4-tiny."""

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

    scene_share: float = Field(
        default=0.35, ge=0, lt=1, description="Share of road scenes with painted plates, if given."
    )

    @property
    def network_anchors(self) -> Anchors:
        """The anchors as the network takes them."""
        return Anchors(self.anchors, self.masks)
