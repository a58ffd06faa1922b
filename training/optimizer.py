"""How weights are moved: AdamW, and a rate that rises and falls."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import keras
from keras import ops

from training.recipe import FittingRecipe

_SMALLEST_SIZE = 1e-3
"""Smaller weights are moved as if they were of this size."""


class PretrainedAdamW(keras.optimizers.AdamW):  # type: ignore[misc]
    """AdamW that moves some weights in proportion to their size.

    Adam moves every weight by about the learning rate, be it large or small. Pre-trained kernels
    differ a hundredfold in size, and a rate that suits new layers would wipe out the smaller ones
    within some hundred steps. Of these the rate is taken as a share of the weights' root mean
    square, as N. Shazeer, M. Stern, "Adafactor" (2018), section 8, have it.

    Args:
        pretrained: paths of the variables that are moved so.
        options: as AdamW takes them.
    """

    def __init__(self, pretrained: Collection[str], **options: Any) -> None:
        super().__init__(**options)
        self._pretrained = frozenset(pretrained)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Moves a variable."""
        # TensorFlow's optimizer hands over its own variables, which do not have Keras' paths.
        path = self._trainable_variables[self._get_variable_index(variable)].path
        if path in self._pretrained:
            size = ops.sqrt(ops.mean(ops.square(ops.convert_to_tensor(variable))))
            # Weights that are all zero could never leave it otherwise.
            learning_rate = learning_rate * ops.cast(
                ops.maximum(size, _SMALLEST_SIZE), learning_rate.dtype
            )
        super().update_step(gradient, variable, learning_rate)


def optimizer_by_recipe(
    recipe: FittingRecipe, steps: int, pretrained: Collection[str] = ()
) -> keras.optimizers.Optimizer:
    """AdamW with a recipe's rate and decay.

    Args:
        recipe: the numbers.
        steps: batches in an epoch.
        pretrained: paths of variables that know something already.
    """
    rate = cosine_with_warm_up(recipe.learning_rate, steps, recipe.epochs, recipe.warm_up)
    return adamw(rate, recipe.weight_decay, pretrained)


def adamw(
    rate: Any, weight_decay: float, pretrained: Collection[str] = ()
) -> keras.optimizers.Optimizer:
    """AdamW with clipped gradients.

    Args:
        rate: the learning rate, a number or a schedule.
        weight_decay: pull towards zero, of all weights but biases and normalisation: these are few
            numbers that mean something.
        pretrained: paths of variables that know something already; see
            :class:`PretrainedAdamW`.
    """
    optimizer: Any = PretrainedAdamW(
        pretrained,
        learning_rate=rate,
        weight_decay=weight_decay,
        clipnorm=10.0,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def cosine_with_warm_up(peak: float, steps: int, epochs: int, warm_up: int = 1) -> Any:
    """A learning rate that rises for ``warm_up`` epochs, then falls as a cosine to a fiftieth.

    Args:
        peak: the highest rate.
        steps: batches in an epoch.
        epochs: how many there will be.
        warm_up: epochs until the peak.
    """
    warm_up = min(warm_up, max(0, epochs - 1))
    if not warm_up:
        return keras.optimizers.schedules.CosineDecay(peak, max(1, steps * epochs), alpha=0.02)
    return keras.optimizers.schedules.CosineDecay(
        peak / 20,
        decay_steps=max(1, steps * (epochs - warm_up)),
        alpha=0.02,
        warmup_target=peak,
        warmup_steps=steps * warm_up,
    )
