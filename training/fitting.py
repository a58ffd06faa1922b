"""What happens around Keras' ``fit``: averaged weights, validation, the best epoch, checkpoints."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from training.batches import Batches, BatchMaker
from training.errors import RunError
from training.recipe import FittingRecipe
from training.runs import Arrays, Epoch, Progress, RunFolder
from training.workers import prepared_by

logger = logging.getLogger(__name__)

_AVERAGED_EVERY = 16
"""Steps between two looks at the weights: reading them takes as long as a small step does."""


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
        if self._momentum:
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
            "average": self._average or trained,
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


def start_from(network: keras.Model, run: Path, epoch: Epoch) -> None:
    """Gives a network the weights of another run.

    Raises:
        RunError: the folder holds no finished epoch, or that of another network.
    """
    weights = RunFolder(run).read_weights(epoch)
    try:
        network.set_weights(weights)
    except ValueError as error:
        raise RunError(
            f"{run}: its network is another one than this recipe's ({error}); start from a run "
            "whose network has the same layers and number of classes"
        ) from error


def fit_by_recipe(
    network: keras.Model,
    maker: BatchMaker,
    run: RunFolder,
    recipe: FittingRecipe,
    *,
    validate: Callable[[keras.Model], Mapping[str, float]],
    score: str,
    plot: Callable[[list[dict[str, float]], Path], None],
    workers: int = 0,
) -> Progress:
    """:func:`fit` for as long, and with the average, that a recipe says.

    Args:
        network: compiled.
        maker: of the batches.
        run: where checkpoints and the chart are kept.
        recipe: the numbers.
        validate: as :class:`EpochKeeper` has it.
        score: the name of the figure, more is better, that decides which epoch is the best.
        plot: draws the chart of a run's history.
        workers: processes that prepare pictures; 0: a thread of this one.
    """
    keeper = EpochKeeper(
        run,
        steps=maker.steps,
        average=recipe.average,
        validate=validate,
        score=score,
        maximise=True,
        patience=recipe.patience,
        after_epoch=lambda progress: plot(progress.history, run.chart),
    )
    with prepared_by(workers, maker) as prepared:
        return fit(
            network,
            lambda done: Batches(prepared, done, max(1, workers)),
            keeper,
            recipe.epochs,
        )


def _state(network: keras.Model) -> list[Any]:
    # Also the counters of dropout's random numbers, which `weights` leaves out.
    return [variable for layer in network.layers for variable in layer.variables]


def _array(variable: Any) -> npt.NDArray[Any]:
    return np.asarray(ops.convert_to_numpy(variable.value))
