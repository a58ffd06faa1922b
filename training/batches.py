"""Batches as Keras takes them, made beside the training."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, Protocol

import cv2
import keras
import numpy as np


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
    """Batches as Keras takes them; prepared in one thread beside the training."""

    def __init__(self, maker: BatchMaker, first_epoch: int) -> None:
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
        # OpenCV's threads wait by spinning: on two cores they take half of the training's time.
        cv2.setNumThreads(1)
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
