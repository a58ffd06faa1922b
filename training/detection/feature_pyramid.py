"""The feature pyramid: fine maps that know what the coarse ones have seen.

T.-Y. Lin et al., "Feature Pyramid Networks for Object Detection" (2017), section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from training.upsampling import Upsample


def add_pyramid(maps: Sequence[Any], channels: int) -> list[Any]:
    """Adds a pyramid on top of a backbone's maps.

    Args:
        maps: float (N, H, W, any), finest first, each half as large as the one before.
        channels: of every level of the pyramid.

    Returns:
        float (N, H, W, channels), one a map, and one more, half as large as the last.
    """
    sides = [_convolution(channels, 1, f"lateral_{n}")(level) for n, level in enumerate(maps)]
    for number in range(len(sides) - 2, -1, -1):
        above = Upsample(name=f"above_{number}")(sides[number + 1])
        sides[number] = layers.Add(name=f"merged_{number}")([sides[number], above])
    levels = [_convolution(channels, 3, f"level_{n}")(side) for n, side in enumerate(sides)]
    levels.append(layers.MaxPooling2D(1, strides=2, name=f"level_{len(levels)}")(levels[-1]))
    return levels


def _convolution(channels: int, kernel: int, name: str) -> layers.Conv2D:
    return layers.Conv2D(
        channels,
        kernel,
        padding="same",
        kernel_initializer=keras.initializers.VarianceScaling(1.0, "fan_in", "uniform"),
        name=name,
    )
