"""Doubling a feature map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="roadsight")
class Upsample(layers.Layer):  # type: ignore[misc]
    """Each pixel becomes 2 x 2. Exported as one Resize, which Keras' own layer is not.

    Args:
        interpolation: `nearest`: all four are as it was; `bilinear`: they lead over to its
            neighbours.
        kwargs: as any layer of Keras takes them.
    """

    def __init__(
        self, interpolation: Literal["nearest", "bilinear"] = "nearest", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.interpolation = interpolation

    def call(self, x: Any) -> Any:
        """Float (N, 2 H, 2 W, C) from float (N, H, W, C)."""
        size = (2 * x.shape[1], 2 * x.shape[2])
        return ops.image.resize(x, size, interpolation=self.interpolation)

    def get_config(self) -> dict[str, Any]:
        """What the layer is made again from."""
        return {**super().get_config(), "interpolation": self.interpolation}

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Shape of the answer."""
        batch, height, width, channels = input_shape
        return (
            batch,
            None if height is None else 2 * height,
            None if width is None else 2 * width,
            channels,
        )
