"""Batches as Keras takes them, made beside the training."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, Protocol

import keras
import numpy as np

from training.workers import use_one_core


class BatchMaker(Protocol):
    """Makes the batches of a training, the same ones for the same seed."""

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        ...

    def batch(self, epoch: int, step: int) -> tuple[Any, ...]:
        """Inputs, and targets where the network is not given them as inputs."""
        ...


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches as Keras takes them; prepared beside the training.

    Args:
        maker: makes them; with several threads one that they may share.
        first_epoch: the epoch to begin with, counted from 0.
        threads: so many batches are asked for at a time.
    """

    def __init__(self, maker: BatchMaker, first_epoch: int, threads: int = 1) -> None:
        super().__init__(
            workers=threads, use_multiprocessing=False, max_queue_size=max(8, 2 * threads)
        )
        use_one_core()
        self._maker = maker
        self._epoch = first_epoch

    def __len__(self) -> int:
        return self._maker.steps

    def __getitem__(self, step: int) -> tuple[Any, ...]:
        return self._maker.batch(self._epoch, step)

    def on_epoch_end(self) -> None:
        """Goes on to the next epoch's draw."""
        self._epoch += 1


def draw_one(rng: np.random.Generator, choices: Sized) -> int:
    """The index of one of some things, each as likely as the others."""
    return int(rng.integers(len(choices)))
