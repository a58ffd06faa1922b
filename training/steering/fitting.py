"""Fitting the network: batches for Keras, averaged weights, validation, checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from training.steering.dataset import Batch, Sampler, Source, plain_inputs
from training.steering.metrics import pearson
from training.steering.recipe import Recipe
from training.steering.runs import Arrays, Progress, RunFolder

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


class EpochKeeper(keras.callbacks.Callback):  # type: ignore[misc]
    """After each epoch: validates the averaged weights, keeps the best, writes a checkpoint.

    The validation loss is the mean over recordings of (mean squared error of steering / variance of
    its targets), weighted as they are drawn: a recording with large angles does not outvote others.
    """

    def __init__(
        self,
        folder: RunFolder,
        sources: Sequence[Source],
        recipe: Recipe,
        steps: int,
        after_epoch: Callable[[Progress], None],
    ) -> None:
        super().__init__()
        self._folder = folder
        self._momentum = recipe.average
        self._steps = steps
        self._after_epoch = after_epoch
        self._validation = [
            (
                plain_inputs(source.store, source.validation),
                source.targets[source.validation],
                source.store.recording.name,
            )
            for source in sources
        ]
        self._shares = [source.weight * len(source.train) for source in sources]
        self._average: Arrays = []
        self._updates = 0
        self.progress = Progress()

    def restore(self) -> None:
        """Goes on from the checkpoint, if there is one; the network must be built and compiled."""
        saved = self._folder.read_checkpoint()
        if saved is None:
            return
        groups, self.progress = saved
        for variables, group in ((_state(self.model), "model"), (self._optimizer(), "optimizer")):
            for variable, value in zip(variables, groups.get(group, []), strict=True):
                variable.assign(value)
        self._average = groups.get("average", [])
        self._updates = self.progress.epochs_done * self._steps

    def on_train_batch_end(self, *_: Any, **__: Any) -> None:
        """Moves the average on."""
        if not self._momentum:
            return
        weights = self.model.get_weights()
        self._updates += 1
        # Early on a short memory: otherwise the random start would stay in the average for long.
        keep = min(self._momentum, (1 + self._updates) / (10 + self._updates))
        if not self._average:
            self._average = [weight.copy() for weight in weights]
        for average, weight in zip(self._average, weights, strict=True):
            np.add(average, (1 - keep) * (weight - average), out=average)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Validates and saves."""
        trained = self.model.get_weights()
        if self._average:
            self.model.set_weights(self._average)
        figures = {"epoch": epoch + 1.0, "loss": float((logs or {}).get("loss", np.nan))}
        figures.update(self._validate())
        progress = self.progress
        progress.history.append(figures)
        progress.epochs_done = epoch + 1
        if figures["val_loss"] < progress.best_loss:
            progress.best_loss, progress.best_epoch = figures["val_loss"], epoch + 1
            self._folder.save_best(self.model.get_weights())
        if self._average:
            self.model.set_weights(trained)
        groups = {
            "model": [_array(variable) for variable in _state(self.model)],
            "optimizer": [_array(variable) for variable in self._optimizer()],
            "average": self._average,
        }
        self._folder.save_checkpoint(groups, progress)
        if logs is not None:
            logs.update({name: value for name, value in figures.items() if name != "epoch"})
        self._after_epoch(progress)

    def _validate(self) -> dict[str, float]:
        figures: dict[str, float] = {}
        losses = []
        for pictures, targets, name in self._validation:
            predicted = predict(self.model, pictures)
            steering = targets[:, 0]
            error = float(np.mean((predicted[:, 0] - steering) ** 2))
            losses.append(error / max(float(steering.var()), 1e-6))
            figures[f"r {name}"] = pearson(predicted[:, 0], steering)
        return {"val_loss": float(np.average(losses, weights=self._shares)), **figures}

    def _optimizer(self) -> list[Any]:
        return list(self.model.optimizer.variables)


def predict(network: keras.Model, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """What a network says, in batches: float32 (N, K)."""
    parts = [
        ops.convert_to_numpy(network(pictures[start : start + _PREDICT_BATCH], training=False))
        for start in range(0, len(pictures), _PREDICT_BATCH)
    ]
    return np.concatenate(parts)


def _state(network: keras.Model) -> list[Any]:
    # Also the counters of dropout's random numbers, which `weights` leaves out.
    return [variable for layer in network.layers for variable in layer.variables]


def _array(variable: Any) -> npt.NDArray[Any]:
    return np.asarray(ops.convert_to_numpy(variable.value))
