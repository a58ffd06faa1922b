"""The recipes: every number that decides what is trained, in one place."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from training.boxes.augmentation import Augmentation
from training.boxes.recipe import DetectorRecipe
from training.detection.anchors import AnchorLevel
from training.detection.proposal_rule import ProposalRule

Backbone = Literal["efficientnet_lite0_fpn", "vgg16"]
Precision = Literal["float32", "mixed_bfloat16"]

ROADS = Augmentation(
    mirror=0.5,
    scale=(0.6, 1.6),
    # The box around a turned box is larger than the object: three degrees and a shear of two made
    # all that was found 1 to 2 % too large.
    rotate_degrees=0.0,
    shear_degrees=0.0,
    perspective=0.0,
    mosaic=0.4,
    night=0.08,
    grey=0.05,
    blur=0.15,
    noise=0.15,
)
"""Roads lie level, and a car seen in a mirror is a car."""


class Recipe(DetectorRecipe):
    """How labelled road scenes become a Faster R-CNN."""

    backbone: Backbone = Field(
        default="efficientnet_lite0_fpn", description="What the features come from."
    )
    imagenet: bool = Field(
        default=True,
        description="Start with the weights of ImageNet. Without them EfficientNet learns little: "
        "its normalisation is not trained.",
    )
    frozen_stages: int = Field(
        default=2, ge=0, le=7, description="Stages of the backbone, from the first, not trained."
    )
    channels: int = Field(default=96, gt=0, description="Of the feature pyramid.")
    anchor_sizes: tuple[tuple[float, ...], ...] = Field(
        default=((16, 28), (44, 70), (110, 170), (250, 360)),
        min_length=1,
        description="Sizes of each level's anchors in pixels of the input, finest level first.",
    )
    anchor_ratios: tuple[float, ...] = Field(
        default=(0.5, 1.0, 2.0), min_length=1, description="Heights of anchors by their widths."
    )
    drawn_anchors: int = Field(
        default=1024,
        gt=0,
        description="Anchors a picture in the loss. The papers have 256: of what looks like an "
        "object and is none, these hold next to nothing.",
    )
    object_iou: float = Field(default=0.7, gt=0, le=1, description="From it an anchor is one.")
    background_iou: float = Field(default=0.3, gt=0, le=1, description="Below it, it is none.")
    level_candidates: int = Field(
        default=300, gt=0, description="The best anchors of each level that may be proposed."
    )
    training_proposals: int = Field(default=200, gt=0, description="Proposals in training.")
    proposals: int = Field(default=200, gt=0, description="Proposals otherwise.")
    proposal_iou: float = Field(default=0.7, gt=0, le=1, description="NMS of the proposals.")
    sampled_rois: int = Field(default=64, gt=0, description="Proposals a picture in the loss.")
    looked_at_again: tuple[int, ...] = Field(
        default=(100,),
        description="The best boxes that the head answered, so many, are looked at again; a number "
        "for each time.",
    )
    voting_spread: float = Field(
        default=0.02,
        ge=0,
        description="How unlike the boxes of a class may be that become their mean in the end; 0: "
        "each stays as it is.",
    )
    box_weight: float = Field(
        default=2.0,
        gt=0,
        description="Of the loss of the head's boxes among the four; lambda in the papers.",
    )
    proposal_weight: float = Field(
        default=6.0, gt=0, description="Of the two losses of the proposals among the four."
    )
    bins: int = Field(default=7, gt=0, description="Rows and columns read from a proposal.")
    bin_samples: int = Field(
        default=2,
        ge=0,
        description="Points read in each direction of a bin (ROI align); 0: the largest value "
        "(ROI pooling), for a backbone with one level.",
    )
    head_units: int = Field(default=384, gt=0, description="Of the head's two layers.")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="Of the head's two layers.")
    by_class: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Share of the pictures that are drawn by class: a class of the set first, each "
        "as likely as the others, then a picture that shows it.",
    )
    max_truths: int = Field(
        default=120, gt=0, description="Boxes a picture may have; further ones are left out."
    )

    precision: Precision = Field(
        default="float32",
        description="What the layers calculate in while they learn. mixed_bfloat16: in 16 bits, "
        "quicker where the processor has such instructions (AVX512_BF16, AMX, GPUs from Ampere "
        "on). Weights, boxes and losses have 32 bits, and so has what is exported.",
    )

    size: int = Field(default=704, multiple_of=64, gt=0, description="Side of the input, pixels.")
    weight_decay: float = Field(default=1e-4, ge=0, description="Of AdamW.")
    learning_rate: float = Field(
        default=1e-3,
        gt=0,
        description="The highest, after warm-up; of the backbone's weights by their size.",
    )
    epochs: int = Field(default=30, gt=0, description="Epochs, unless it stops early.")
    augmentation: Augmentation = Field(default=ROADS, description="Changes to pictures.")

    def levels(self, strides: tuple[int, ...]) -> tuple[AnchorLevel, ...]:
        """The anchors of a backbone's levels.

        Raises:
            ValueError: there are sizes for more or fewer levels.
        """
        if len(strides) != len(self.anchor_sizes):
            raise ValueError(
                f"{self.backbone} has {len(strides)} levels, of strides {strides}: expected "
                f"anchor_sizes for each, got {len(self.anchor_sizes)}"
            )
        return tuple(
            AnchorLevel(stride, sizes, self.anchor_ratios)
            for stride, sizes in zip(strides, self.anchor_sizes, strict=True)
        )

    def rule(self, count: int) -> ProposalRule:
        """How so many proposals are chosen."""
        return ProposalRule(self.level_candidates, count, self.proposal_iou)


RECIPES: dict[str, Recipe] = {
    "efficientnet_lite0_fpn": Recipe(),
    # The paper's and the book's, with plain SGD's rate made AdamW's.
    "vgg16": Recipe(
        backbone="vgg16",
        size=576,
        frozen_stages=2,
        anchor_sizes=((64, 128, 256),),
        drawn_anchors=256,
        level_candidates=2000,
        training_proposals=300,
        proposals=300,
        looked_at_again=(),
        voting_spread=0.0,
        box_weight=1.0,
        proposal_weight=1.0,
        bin_samples=0,
        head_units=4096,
        dropout=0.5,
        learning_rate=3e-4,
        batch=2,
    ),
}
