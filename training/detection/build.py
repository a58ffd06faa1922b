"""From a recipe to an untrained network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from training.backbones import efficientnet_lite, vgg16
from training.detection.anchors import AnchorLevel
from training.detection.feature_pyramid import add_pyramid
from training.detection.heads import build_box_head, build_proposal_head
from training.detection.network import FasterRcnn, Parts, RoiReading
from training.detection.recipe import Precision, Recipe
from training.errors import TrainingError

_LITE_STRIDES = (8, 16, 32)


def build_network(
    recipe: Recipe, classes: int, seed: int = 0, imagenet: bool | None = None
) -> FasterRcnn:
    """The network of a recipe.

    Args:
        recipe: what it is made of.
        classes: how many there are, from 1.
        seed: of the drawing of proposals in training.
        imagenet: whether the backbone starts with the weights of ImageNet; as the recipe says, if
            left out.

    Raises:
        TrainingError: the weights of ImageNet cannot be had, or the recipe contradicts itself.
    """
    imagenet = recipe.imagenet if imagenet is None else imagenet
    with _layers_calculate_in(recipe.precision):
        features, strides, pretrained = _features(recipe, imagenet)
        levels = _levels(recipe, strides)
        channels = features.outputs[0].shape[-1]
        proposal_head = build_proposal_head(levels[0], channels)
        box_head = build_box_head(recipe.bins, channels, recipe.head_units, classes, recipe.dropout)
    return FasterRcnn(
        Parts(
            features=features,
            proposal_head=proposal_head,
            box_head=box_head,
            levels=levels,
            size=recipe.size,
            classes=classes,
            reading=RoiReading(recipe.bins, recipe.bin_samples),
            training_rule=recipe.rule(recipe.training_proposals),
            rule=recipe.rule(recipe.proposals),
            sampled_rois=recipe.sampled_rois,
            looked_at_again=recipe.looked_at_again,
            voting_spread=recipe.voting_spread,
            box_weight=recipe.box_weight,
            proposal_weight=recipe.proposal_weight,
            # Also where its weights are about to come from a checkpoint.
            pretrained=tuple(variable.path for variable in pretrained) if recipe.imagenet else (),
        ),
        seed,
    )


@contextmanager
def _layers_calculate_in(precision: Precision) -> Iterator[None]:
    """Layers that are made inside calculate in this; what is made after it as before."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _levels(recipe: Recipe, strides: tuple[int, ...]) -> tuple[AnchorLevel, ...]:
    try:
        levels = recipe.levels(strides)
    except ValueError as error:
        raise TrainingError(f"recipe: {error}") from error
    if not recipe.bin_samples and len(levels) > 1:
        raise TrainingError("recipe: ROI pooling (bin_samples 0) is for a backbone with one level")
    return levels


def _features(
    recipe: Recipe, imagenet: bool
) -> tuple[keras.Model, tuple[int, ...], list[keras.Variable]]:
    """The features' network, the strides of its levels, and the variables of its backbone."""
    if recipe.backbone == "vgg16":
        vgg = vgg16.build_vgg16(recipe.size, imagenet, recipe.frozen_stages)
        return vgg, (vgg16.STRIDE,), vgg.trainable_variables
    backbone = efficientnet_lite.build_efficientnet_lite0(
        recipe.size, _LITE_STRIDES, recipe.frozen_stages
    )
    if imagenet:
        efficientnet_lite.load_imagenet_weights(backbone)
    levels: list[Any] = add_pyramid(backbone.outputs, recipe.channels)
    network = keras.Model(backbone.input, levels, name="features")
    return network, (*_LITE_STRIDES, 2 * _LITE_STRIDES[-1]), backbone.trainable_variables
