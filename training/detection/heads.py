"""The two small networks on top of the features: one proposes boxes, one says what is in them."""

from __future__ import annotations

import keras
from keras import layers

from training.detection.anchors import AnchorLevel


def build_proposal_head(level: AnchorLevel, channels: int) -> keras.Model:
    """The region proposal network, shared by all levels.

    S. Ren et al., "Faster R-CNN" (2015), section 3.1: a 3 x 3 convolution, then for every anchor of
    a cell whether it is an object, and four offsets.

    Args:
        level: says how many anchors a cell has; all levels have as many.
        channels: of the features.

    Returns:
        A model from float (N, H, W, channels) to objectness before the sigmoid, float32
        (N, H * W * anchors), and offsets, float32 (N, H * W * anchors, 4).
    """
    count = len(level.shapes)
    features = keras.Input((None, None, channels), name="features")
    start = keras.initializers.RandomNormal(stddev=0.01)
    x = layers.Conv2D(
        channels,
        3,
        padding="same",
        activation="relu",
        kernel_initializer=start,
        name="proposal_conv",
    )(features)
    objectness = layers.Conv2D(count, 1, kernel_initializer=start, name="objectness")(x)
    offsets = layers.Conv2D(4 * count, 1, kernel_initializer=start, name="proposal_offsets")(x)
    return keras.Model(
        features,
        [
            layers.Reshape((-1,), dtype="float32", name="objectness_flat")(objectness),
            layers.Reshape((-1, 4), dtype="float32", name="proposal_offsets_flat")(offsets),
        ],
        name="proposal_head",
    )


def build_box_head(
    bins: int, channels: int, units: int, classes: int, dropout: float
) -> keras.Model:
    """The head: two fully connected layers, then classes and offsets.

    R. Girshick, "Fast R-CNN" (2015), section 2.

    Args:
        bins: rows and columns of the grid that is read from a box.
        channels: of the features.
        units: of the fully connected layers.
        classes: number of classes, without the background.
        dropout: share of units that is silenced in training, 0..1.

    Returns:
        A model from float (R, bins, bins, channels) to class scores before the softmax, float32
        (R, 1 + classes), background first, and offsets of each class, float32 (R, classes, 4).
    """
    read = keras.Input((bins, bins, channels), name="read")
    x = layers.Flatten(name="flat")(read)
    for number in (6, 7):  # the names that VGG's layers have in the paper
        x = layers.Dense(
            units, activation="relu", kernel_initializer="he_normal", name=f"fc{number}"
        )(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"drop{number}")(x)
    scores = layers.Dense(
        1 + classes,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
        dtype="float32",
        name="class_scores",
    )(x)
    offsets = layers.Dense(
        4 * classes,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.001),
        dtype="float32",
        name="box_offsets",
    )(x)
    return keras.Model(
        read,
        [scores, layers.Reshape((classes, 4), dtype="float32", name="offsets_by_class")(offsets)],
        name="box_head",
    )
