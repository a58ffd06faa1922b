"""The network: YOLOv4-tiny, layer by layer as darknet's ``yolov4-tiny.cfg`` has it.

A. Bochkovskiy, C.-Y. Wang, H.-Y. M. Liao, "YOLOv4: Optimal Speed and Accuracy of Object Detection"
(2020), and "Scaled-YOLOv4" (2021) for the tiny network: three cross-stage-partial (CSP) blocks, and
two heads, on the 32-pixel and on the 16-pixel grid.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from training.upsampling import Upsample

LEAK = 0.1
"""Slope of the leaky ReLU for negative values."""

STRIDES = (32, 16)
"""Pixels of the input that a cell of each head covers, coarse head first."""

_OBJECTNESS = 4
_PRIOR = 0.01
_MOMENTUM = 0.97
_EPSILON = 1e-6  # darknet's; OpenCV's Darknet importer adds the same


@dataclass(frozen=True)
class Anchors:
    """The anchor boxes of a network.

    Attributes:
        sizes: width and height of each, in pixels of the input.
        masks: which of them each head uses, in the order of :data:`STRIDES`; three each.
    """

    sizes: tuple[tuple[float, float], ...]
    masks: tuple[tuple[int, int, int], tuple[int, int, int]] = ((3, 4, 5), (1, 2, 3))

    def of_head(self, head: int) -> tuple[tuple[float, float], ...]:
        """Width and height of the anchors that a head uses."""
        return tuple(self.sizes[index] for index in self.masks[head])


COCO_ANCHORS = Anchors(((10, 14), (23, 27), (37, 58), (81, 82), (135, 169), (344, 319)))
"""Those of ``yolov4-tiny.cfg``, for a 416 x 416 input."""

SCALE_X_Y = 1.05
"""How far a box's centre may reach beyond its cell: 1 is not at all (``scale_x_y``)."""


def build_network(classes: int, size: int = 416) -> keras.Model:
    """An untrained network.

    Args:
        classes: number of classes, from 1.
        size: width and height of the input in pixels, a multiple of 32.

    Returns:
        A model from uint8 (N, size, size, 3), RGB, to the raw answers of both heads, coarse first:
        float32 (N, size / stride, size / stride, 3 * (5 + classes)). For each of a cell's three
        anchors: x, y, w, h, objectness, classes, all before their activation.

    Raises:
        ValueError: the size is no multiple of 32, or there is no class.
    """
    if size % STRIDES[0] or size <= 0 or classes < 1:
        raise ValueError(
            f"expected a size that is a multiple of {STRIDES[0]} and at least one class, "
            f"got {size} and {classes}"
        )
    block = _Convolutions()
    pictures = keras.Input((size, size, 3), dtype="uint8", name="image")
    x = layers.Rescaling(1 / 255, name="scaled")(pictures)
    x = block(x, 32, 3, stride=2)
    x = block(x, 64, 3, stride=2)
    x, _ = _csp_block(block, x, 64)
    x, _ = _csp_block(block, x, 128)
    x, fine = _csp_block(block, x, 256)
    x = block(x, 512, 3)
    neck = block(x, 256, 1)
    outputs = 3 * (5 + classes)
    coarse_answer = block.linear(block(neck, 512, 3), outputs, "head_32")
    x = Upsample(name="upsample")(block(neck, 128, 1))
    x = layers.Concatenate(name="fine_neck")([x, fine])
    fine_answer = block.linear(block(x, 256, 3), outputs, "head_16")
    return keras.Model(pictures, [coarse_answer, fine_answer], name="yolov4_tiny")


def convolutions(
    network: keras.Model,
) -> list[tuple[layers.Conv2D, layers.BatchNormalization | None]]:
    """The convolutions in the order of the cfg, each with its normalisation (heads have none)."""
    names = {layer.name: layer for layer in network.layers}
    found = []
    for number in range(sum(name.startswith("conv_") for name in names)):
        found.append((names[f"conv_{number}"], names.get(f"norm_{number}")))
    return found


@keras.saving.register_keras_serializable(package="roadsight")
class SecondHalf(layers.Layer):  # type: ignore[misc]
    """The second half of the channels (``groups=2, group_id=1``)."""

    def call(self, x: Any) -> Any:
        """Float (N, H, W, C / 2) from float (N, H, W, C)."""
        return x[..., x.shape[-1] // 2 :]


class _Convolutions:
    """Numbers the convolutions as they are made, in the order of the cfg."""

    def __init__(self) -> None:
        self._made = 0

    def __call__(self, x: Any, filters: int, kernel: int, stride: int = 1) -> Any:
        """Convolution, batch normalisation, leaky ReLU."""
        number = self._made
        self._made += 1
        if stride > 1:
            # darknet pads both sides; Keras' "same" would pad the right and lower side only.
            x = layers.ZeroPadding2D(kernel // 2, name=f"pad_{number}")(x)
        x = layers.Conv2D(
            filters,
            kernel,
            strides=stride,
            padding="valid" if stride > 1 else "same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"conv_{number}",
        )(x)
        x = layers.BatchNormalization(momentum=_MOMENTUM, epsilon=_EPSILON, name=f"norm_{number}")(
            x
        )
        return layers.LeakyReLU(negative_slope=LEAK, name=f"leaky_{number}")(x)

    def linear(self, x: Any, filters: int, name: str) -> Any:
        """A 1x1 convolution with bias, in float32 whatever the policy."""
        number = self._made
        self._made += 1
        x = layers.Conv2D(
            filters,
            1,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
            bias_initializer=_silent_at_first,
            name=f"conv_{number}",
        )(x)
        return layers.Activation("linear", dtype="float32", name=name)(x)


def _silent_at_first(shape: Sequence[int], dtype: str | None = None) -> Any:
    """Biases of a head: there is almost nowhere an object, which need not be learned first.

    T.-Y. Lin et al., "Focal Loss for Dense Object Detection" (2017), section 4.1.
    """
    biases = np.zeros((3, shape[0] // 3), np.float32)
    biases[:, _OBJECTNESS] = -math.log((1 - _PRIOR) / _PRIOR)
    return ops.convert_to_tensor(biases.ravel(), dtype=dtype)


def _csp_block(block: _Convolutions, x: Any, filters: int) -> tuple[Any, Any]:
    """A cross-stage-partial block: what it hands on, halved in size, and its inner feature map."""
    whole = block(x, filters, 3)
    half = SecondHalf(name=f"half_{filters}")(whole)
    first = block(half, filters // 2, 3)
    second = block(first, filters // 2, 3)
    both = layers.Concatenate(name=f"both_{filters}")([second, first])
    inner = block(both, filters, 1)
    out = layers.Concatenate(name=f"csp_{filters}")([whole, inner])
    return layers.MaxPooling2D(2, name=f"pool_{filters}")(out), inner
