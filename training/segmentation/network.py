"""U-Net: an encoder that sees more and more of less and less, a decoder that gives back the detail.

O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional Networks for Biomedical Image
Segmentation" (2015). As in the book, convolutions keep the size of their maps, so that the answer
is as large as the picture.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from training.backbones import efficientnet_lite
from training.segmentation.recipe import ENCODER_DEPTH, Recipe
from training.upsampling import Upsample

_BOOK_LAST_MAPS = 2
"""Maps before the answer of a network with one class, as in the book."""
_MOMENTUM = 0.9
"""Of the statistics: Keras' 0.99 needs hundreds of steps, which is many epochs of a small set."""


def build_network(recipe: Recipe, outputs: int, imagenet: bool | None = None) -> keras.Model:
    """An untrained network.

    Args:
        recipe: what it is made of.
        outputs: maps of the answer: 1 for one class against the rest, else one a class.
        imagenet: whether the encoder starts with the weights of ImageNet; as the recipe says, if
            left out.

    Returns:
        A model from uint8 (N, height, width, 3), RGB, to float32 (N, height, width, outputs),
        before the soft-max or the sigmoid.

    Raises:
        TrainingError: the weights of ImageNet cannot be had.
    """
    if recipe.encoder == "none":
        pictures, skips, deepest = _plain_encoder(recipe)
    else:
        pictures, skips, deepest = _efficientnet_encoder(
            recipe, recipe.imagenet if imagenet is None else imagenet
        )
    x = deepest
    for level in range(len(skips) - 1, -1, -1):
        filters = recipe.base_filters * 2**level
        x = _larger(x, filters, recipe, f"up_{level}")
        x = layers.Concatenate(name=f"merged_{level}")([skips[level], x])
        x = _block(x, filters, recipe, f"decoder_{level}")
    if outputs == 1 and recipe.encoder == "none":
        x = _convolution(_BOOK_LAST_MAPS, 3, name="last_maps", activation="relu")(x)
    # In 32 bits, whatever the rest computes in: losses take logarithms of it.
    x = layers.Conv2D(outputs, 1, dtype="float32", name="answer")(x)
    while x.shape[1] < recipe.height:
        x = Upsample("bilinear", dtype="float32", name=f"answer_{recipe.height // x.shape[1]}")(x)
    return keras.Model(pictures, x, name="unet")


def pretrained_paths(network: keras.Model, recipe: Recipe) -> list[str]:
    """Paths of the trainable variables of a network that start with the weights of ImageNet."""
    if recipe.encoder == "none" or not recipe.imagenet:
        return []
    return [
        variable.path
        for layer in network.layers
        if efficientnet_lite.is_part(layer)
        for variable in layer.trainable_variables
    ]


def _plain_encoder(recipe: Recipe) -> tuple[Any, list[Any], Any]:
    """Input, the maps to be handed over, finest first, and the coarsest map."""
    pictures = keras.Input((recipe.height, recipe.width, 3), dtype="uint8", name="image")
    x = layers.Rescaling(1 / 255, name="scaled")(pictures)
    skips = []
    for level in range(recipe.depth):
        x = _block(x, recipe.base_filters * 2**level, recipe, f"encoder_{level}")
        if level == recipe.depth - 1:
            x = _dropout(x, recipe, "dropout_skip")
        skips.append(x)
        x = layers.MaxPooling2D(2, name=f"pool_{level}")(x)
    x = _block(x, recipe.base_filters * 2**recipe.depth, recipe, "bottom")
    return pictures, skips, _dropout(x, recipe, "dropout_bottom")


def _efficientnet_encoder(recipe: Recipe, imagenet: bool) -> tuple[Any, list[Any], Any]:
    """As :func:`_plain_encoder`; its finest map is half as large as the picture."""
    strides = tuple(2 ** (level + 1) for level in range(ENCODER_DEPTH))
    encoder = efficientnet_lite.build_efficientnet_lite0(
        (recipe.height, recipe.width), strides, recipe.frozen_stages
    )
    if imagenet:
        efficientnet_lite.load_imagenet_weights(encoder)
    *skips, deepest = encoder.outputs
    return encoder.input, skips, _dropout(deepest, recipe, "dropout_bottom")


def _larger(x: Any, filters: int, recipe: Recipe, name: str) -> Any:
    """Twice as large, with ``filters`` channels."""
    if recipe.upsampling == "transposed":
        return layers.Conv2DTranspose(
            filters, 2, strides=2, activation="relu", kernel_initializer="he_normal", name=name
        )(x)
    if recipe.upsampling == "bilinear":
        # Scaling and a 1 x 1 convolution may change places; first the one that is quicker so.
        x = _convolution(filters, 1, name=f"{name}_conv")(x)
        x = Upsample("bilinear", name=name)(x)
        return layers.ReLU(name=f"{name}_relu")(x)
    x = Upsample("nearest", name=name)(x)
    return _convolution(filters, 2, name=f"{name}_conv", activation="relu")(x)


def _block(x: Any, filters: int, recipe: Recipe, name: str) -> Any:
    """Two convolutions."""
    for number in (1, 2):
        normalised = recipe.batch_normalisation
        x = _convolution(filters, 3, name=f"{name}_conv_{number}", use_bias=not normalised)(x)
        if normalised:
            x = layers.BatchNormalization(momentum=_MOMENTUM, name=f"{name}_norm_{number}")(x)
        x = layers.ReLU(name=f"{name}_relu_{number}")(x)
    return x


def _convolution(filters: int, kernel: int, **options: Any) -> layers.Conv2D:
    return layers.Conv2D(filters, kernel, padding="same", kernel_initializer="he_normal", **options)


def _dropout(x: Any, recipe: Recipe, name: str) -> Any:
    return layers.Dropout(recipe.dropout, name=name)(x) if recipe.dropout else x
