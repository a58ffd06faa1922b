"""VGG16 as a feature extractor, from Keras' own applications.

K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition"
(2015), configuration D, up to ``conv5_3``: one map, a cell of which covers 16 pixels.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from training.errors import TrainingError

STRIDE = 16
BLOCKS = 5

_MEAN_BGR = (103.939, 116.779, 123.68)


def build_vgg16(size: int, imagenet: bool, frozen_blocks: int = 0) -> keras.Model:
    """The network up to its last convolution.

    Args:
        size: width and height of the input in pixels, a multiple of 16.
        imagenet: whether to start with the weights of ImageNet, which Keras fetches from the
            network once and keeps.
        frozen_blocks: so many of the five blocks are not trained.

    Returns:
        A model from uint8 (N, size, size, 3), RGB, to a list of one map, float32 (N, size / 16,
        size / 16, 512).

    Raises:
        TrainingError: the weights could not be fetched.
    """
    pictures = keras.Input((size, size, 3), dtype="uint8", name="image")
    x = layers.Rescaling(1.0, name="as_numbers")(pictures)
    x = FlipChannels(name="bgr")(x)
    x = layers.Normalization(mean=_MEAN_BGR, variance=(1.0, 1.0, 1.0), name="centred")(x)
    try:
        vgg = keras.applications.VGG16(
            include_top=False, weights="imagenet" if imagenet else None, input_shape=(size, size, 3)
        )
    except Exception as error:  # what a network raises when there is none is not one kind
        raise TrainingError(
            f"VGG16: ImageNet's weights could not be fetched ({error}); connect this machine once, "
            "or train without them: --change '{\"imagenet\": false}'"
        ) from error
    for layer in vgg.layers:
        block = layer.name.removeprefix("block").partition("_")[0]
        if block.isdecimal() and int(block) <= frozen_blocks:
            layer.trainable = False
    last = vgg.get_layer("block5_conv3").output
    features = keras.Model(vgg.input, last, name="vgg16")
    return keras.Model(pictures, [features(x)], name="vgg16_features")


@keras.saving.register_keras_serializable(package="roadsight")
class FlipChannels(layers.Layer):  # type: ignore[misc]
    """RGB to BGR, in which VGG was trained."""

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Float (N, H, W, 3) from float (N, H, W, 3)."""
        return ops.flip(x, axis=-1)
