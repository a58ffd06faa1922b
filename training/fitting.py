"""What happens around Keras' ``fit``: averaged weights, validation, the best epoch, checkpoints."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from training.errors import RunError
from training.runs import Arrays, Progress, RunFolder

logger = logging.getLogger(__name__)

_AVERAGED_EVERY = 16
"""Steps between two looks at the weights: reading them takes as long as a small step does."""
_SMALLEST_SIZE = 1e-3
"""Smaller weights are moved as if they were of this size."""


class EpochKeeper(keras.callbacks.Callback):  # type: ignore[misc]
    """After each epoch: validates the averaged weights, keeps the best, writes a checkpoint.

    Args:
        folder: where checkpoints are kept.
        steps: batches in an epoch.
        average: how much of the averaged weights each step keeps, 0..1; 0: no average.
        validate: figures of a network, by name, validation done as the task needs it.
        score: the name of the figure that decides which epoch is the best.
        maximise: whether more of it is better.
        patience: training ends after so many epochs without a better one; 0: never.
        after_epoch: called with the progress when all is saved, to draw curves for instance.
    """

    def __init__(
        self,
        folder: RunFolder,
        *,
        steps: int,
        average: float,
        validate: Callable[[keras.Model], Mapping[str, float]],
        score: str,
        maximise: bool,
        patience: int = 0,
        after_epoch: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._folder = folder
        self._steps = steps
        self._momentum = average
        self._validate = validate
        self._score = score
        self._sign = 1.0 if maximise else -1.0
        self._patience = patience
        self._after_epoch = after_epoch
        self._average: Arrays = []
        self._steps_done = 0
        self._steps_averaged = 0
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
        self._steps_done = self._steps_averaged = self.progress.epochs_done * self._steps

    @property
    def logs(self) -> Path:
        """Where TensorBoard's logs of the run belong."""
        return self._folder.logs

    @property
    def wants_to_stop(self) -> bool:
        """Whether the last epochs, as many as ``patience``, brought nothing better."""
        waited = self.progress.epochs_done - self.progress.best_epoch
        return self._patience > 0 and waited >= self._patience

    def on_train_batch_end(self, *_: Any, **__: Any) -> None:
        """Moves the average on, now and then."""
        self._steps_done += 1
        if not self._average or self._steps_done - self._steps_averaged >= _AVERAGED_EVERY:
            self._move_average()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Validates and saves."""
        self._move_average()
        trained = self.model.get_weights()
        if self._average:
            self.model.set_weights(self._average)
        figures = {"epoch": epoch + 1.0, "loss": float((logs or {}).get("loss", np.nan))}
        figures.update(self._validate(self.model))
        progress = self.progress
        progress.history.append(figures)
        progress.epochs_done = epoch + 1
        score = self._sign * figures[self._score]
        if score > progress.best_score:
            progress.best_score, progress.best_epoch = score, epoch + 1
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
        if self.wants_to_stop:
            self.model.stop_training = True

    def _move_average(self) -> None:
        """Takes the weights into the average as if that had been done at each step since."""
        if not self._momentum:
            return
        weights = self.model.get_weights()
        # Early on a short memory: otherwise the random start would stay in the average for long.
        done = self._steps_done
        keep = min(self._momentum, (1 + done) / (10 + done)) ** (done - self._steps_averaged)
        if not self._average:
            self._average = [weight.copy() for weight in weights]
        for average, weight in zip(self._average, weights, strict=True):
            np.add(average, (1 - keep) * (weight - average), out=average)
        self._steps_averaged = done

    def _optimizer(self) -> list[Any]:
        return list(self.model.optimizer.variables)


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


def fit(
    network: keras.Model,
    make_batches: Callable[[int], keras.utils.PyDataset],
    keeper: EpochKeeper,
    epochs: int,
) -> Progress:
    """Trains from where a run stands to its end.

    Args:
        network: compiled.
        make_batches: the batches from an epoch on, counted from 0.
        keeper: of the run; what it has kept is taken up first.
        epochs: of the whole run.
    """
    network.optimizer.build(network.trainable_variables)
    keeper.set_model(network)
    keeper.restore()
    done = keeper.progress.epochs_done
    callbacks: list[keras.callbacks.Callback] = [keeper]
    if importlib.util.find_spec("tensorboard") and importlib.util.find_spec("tensorflow"):
        callbacks.append(keras.callbacks.TensorBoard(keeper.logs))
    else:
        logger.info("no TensorBoard logs: tensorboard is not installed")
    if done < epochs and not keeper.wants_to_stop:
        network.fit(
            make_batches(done),
            epochs=epochs,
            initial_epoch=done,
            callbacks=callbacks,
            shuffle=False,
            verbose=1 if sys.stdout.isatty() else 2,
        )
    return keeper.progress


def start_from(network: keras.Model, run: Path) -> None:
    """Gives a network the best weights of another run.

    Raises:
        RunError: the folder holds no finished epoch, or that of another network.
    """
    weights = RunFolder(run).read_best()
    try:
        network.set_weights(weights)
    except ValueError as error:
        raise RunError(
            f"{run}: its network is another one than this recipe's ({error}); start from a run "
            "whose network has the same layers and number of classes"
        ) from error


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


def _state(network: keras.Model) -> list[Any]:
    # Also the counters of dropout's random numbers, which `weights` leaves out.
    return [variable for layer in network.layers for variable in layer.variables]


def _array(variable: Any) -> npt.NDArray[Any]:
    return np.asarray(ops.convert_to_numpy(variable.value))
