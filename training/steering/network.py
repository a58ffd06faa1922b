"""The network: NVIDIA's, from raw pixels to steering, colours and normalisation inside.

M. Bojarski et al., "End to End Learning for Self-Driving Cars" (2016), figure 4: five convolutions,
three dense layers, pictures in YUV.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from training.steering.patches import INPUT_HEIGHT, INPUT_WIDTH
from training.steering.recipe import Recipe

FILTERS = ((24, 5, 2), (36, 5, 2), (48, 5, 2), (64, 3, 1), (64, 3, 1))
"""Filters, kernel size and stride of each convolution."""
DENSE = (100, 50, 10)
FEATURE_LAYERS = tuple(f"features_{number}" for number in range(1, len(FILTERS) + 1))

# BGR to YUV, ITU-R BT.601, as OpenCV has it; rows are Y, U, V.
_YUV = np.array(
    [[0.114, 0.587, 0.299], [0.436, -0.289, -0.147], [-0.100, -0.515, 0.615]], np.float32
)

_GREY_YUV = np.array([1.0, 0.0, 0.0], np.float32)
"""Middle grey at twice its luma, as pixels are scaled to 0..2."""


@keras.saving.register_keras_serializable(package="roadsight")
class PictureToYuv(layers.Layer):  # type: ignore[misc]
    """uint8 BGR pixels to YUV, about -1..1.

    Args:
        standardise: take each picture's mean off, channel by channel, and divide by the deviation
            of its luma, so that light and contrast of the whole picture do not count.
    """

    def __init__(self, standardise: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.standardise = standardise

    def call(self, pictures: Any) -> Any:
        """Float (N, H, W, 3) from uint8 (N, H, W, 3)."""
        scaled = ops.cast(pictures, "float32") / 127.5
        # A convolution of 1x1 rather than a matrix product, which is exported with reshapes.
        yuv = ops.conv(scaled, ops.convert_to_tensor(_YUV.T[None, None]))
        if not self.standardise:
            return ops.subtract(yuv, ops.convert_to_tensor(_GREY_YUV))
        centred = yuv - ops.mean(yuv, axis=(1, 2), keepdims=True)
        luma = centred[..., :1]
        variance = ops.mean(luma * luma, axis=(1, 2, 3), keepdims=True)
        return 0.5 * centred / ops.sqrt(variance + 1e-3)

    def get_config(self) -> dict[str, Any]:
        """What the layer is made from."""
        return {**super().get_config(), "standardise": self.standardise}


class ActiveMean(layers.Layer):  # type: ignore[misc]
    """Mean over channels of max(activation, 0); a layer, so that the output keeps its name."""

    def call(self, activations: Any) -> Any:
        """Float (N, H, W) from float (N, H, W, C)."""
        return ops.mean(ops.maximum(activations, 0.0), axis=-1)


def build_network(recipe: Recipe, outputs: int) -> keras.Model:
    """An untrained network.

    Args:
        recipe: width, normalisation and dropout.
        outputs: columns of the answer.

    Returns:
        A model from uint8 (N, 66, 200, 3), BGR, to float32 (N, outputs).
    """
    pictures = keras.Input((INPUT_HEIGHT, INPUT_WIDTH, 3), dtype="uint8", name="image")
    x = PictureToYuv(recipe.normalise_picture, name="yuv")(pictures)
    for number, (filters, size, stride) in enumerate(FILTERS, start=1):
        x = layers.Conv2D(
            max(1, round(filters * recipe.width)),
            size,
            strides=stride,
            use_bias=not recipe.batch_norm,
            kernel_initializer="he_normal",
            name=f"convolution_{number}",
        )(x)
        if recipe.batch_norm:
            x = layers.BatchNormalization(momentum=0.98, name=f"batch_norm_{number}")(x)
        x = layers.ELU(name=f"features_{number}")(x)
    x = layers.Flatten(name="flat")(x)
    x = layers.Dropout(recipe.dropout, name="dropout_0")(x)
    for number, units in enumerate(DENSE, start=1):
        x = layers.Dense(units, activation="elu", name=f"dense_{number}")(x)
        if number == 1:
            x = layers.Dropout(recipe.dropout, name="dropout_1")(x)
    return keras.Model(pictures, layers.Dense(outputs, name="answer")(x), name="steering")


def with_feature_maps(network: keras.Model, scales: list[float]) -> keras.Model:
    """The network as it is shipped: natural units, and where each convolution was active.

    Args:
        network: from :func:`build_network`.
        scales: what each column is multiplied by, to be in its natural unit.

    Returns:
        A model with a dictionary of outputs: ``predictions`` float32 (N, K), and ``feature_map_1``
        to ``feature_map_5`` float32 (N, h, w), the mean over channels of max(activation, 0), from
        which VisualBackProp is computed.
    """
    answer = layers.Rescaling(np.array(scales, np.float32), name="predictions")(network.output)
    outputs = {"predictions": answer}
    for number, name in enumerate(FEATURE_LAYERS, start=1):
        output = f"feature_map_{number}"
        outputs[output] = ActiveMean(name=output)(network.get_layer(name).output)
    return keras.Model(network.input, outputs, name="steering")
