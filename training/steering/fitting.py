"""Fitting the network: batches for Keras, optimiser and loss, validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from training.steering.dataset import Batch, Sampler, Source, plain_inputs
from training.steering.metrics import pearson
from training.steering.recipe import Recipe

_PREDICT_BATCH = 128


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """A sampler as Keras takes it; prepared in one thread beside the training."""

    def __init__(self, sampler: Sampler, first_epoch: int) -> None:
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
        self._sampler = sampler
        self._epoch = first_epoch

    def __len__(self) -> int:
        return self._sampler.steps

    def __getitem__(self, step: int) -> Batch:
        return self._sampler.batch(self._epoch, step)

    def on_epoch_end(self) -> None:
        """Goes on to the next epoch's draw."""
        self._epoch += 1


def compile_network(network: keras.Model, recipe: Recipe, steps: int, epochs: int) -> None:
    """Gives a network its loss and its optimiser, with the learning rate's schedule."""
    rate: Any = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(
            recipe.learning_rate / 20,
            decay_steps=max(1, steps * (epochs - 1)),
            alpha=0.2,
            warmup_target=recipe.learning_rate,
            warmup_steps=steps,
        )
    optimizer: Any = (
        keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay, clipnorm=1.0)
        if recipe.optimizer == "adamw"
        else keras.optimizers.Adam(rate)
    )
    loss: Any = keras.losses.Huber(recipe.huber_delta) if recipe.loss == "huber" else "mse"
    # XLA was measured slower than the plain graph on two CPU cores.
    network.compile(optimizer, loss, jit_compile=False)


class Validation:
    """Validates a network on the validation blocks of recordings.

    The validation loss is the mean over recordings of (mean squared error of steering / variance of
    its targets), weighted as they are drawn: a recording with large angles does not outvote others.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._recordings = [
            (
                plain_inputs(source.store, source.validation),
                source.targets[source.validation],
                source.store.recording.name,
            )
            for source in sources
        ]
        self._shares = [source.weight * len(source.train) for source in sources]

    def __call__(self, network: keras.Model) -> dict[str, float]:
        """``val_loss``, and r of each recording."""
        figures: dict[str, float] = {}
        losses = []
        for pictures, targets, name in self._recordings:
            predicted = predict(network, pictures)
            steering = targets[:, 0]
            error = float(np.mean((predicted[:, 0] - steering) ** 2))
            losses.append(error / max(float(steering.var()), 1e-6))
            figures[f"r {name}"] = pearson(predicted[:, 0], steering)
        return {"val_loss": float(np.average(losses, weights=self._shares)), **figures}


def predict(network: keras.Model, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """What a network says, in batches: float32 (N, K)."""
    parts = [
        ops.convert_to_numpy(network(pictures[start : start + _PREDICT_BATCH], training=False))
        for start in range(0, len(pictures), _PREDICT_BATCH)
    ]
    return np.concatenate(parts)
