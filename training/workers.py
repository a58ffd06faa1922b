"""Processes that prepare the batches of a training."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Annotated, Any

import cv2
from pydantic import Field

from training.errors import TrainingError

if TYPE_CHECKING:
    from training.batches import BatchMaker

Workers = Annotated[
    int,
    Field(
        ge=0,
        description="Processes that prepare pictures; 0: a thread beside the training, which is "
        "enough for a CPU. With a GPU about one a core; a batch is the same whoever makes it.",
    ),
]


def use_one_core() -> None:
    """Has OpenCV start no threads of its own."""
    # They wait by spinning: on two cores they take half of the training's time.
    cv2.setNumThreads(1)


@contextmanager
def prepared_by(workers: int, maker: BatchMaker) -> Iterator[BatchMaker]:
    """The same batches, made by other processes.

    Args:
        workers: how many processes; 0: none, the maker itself is given back.
        maker: can be pickled.
    """
    if not workers:
        yield maker
        return
    # Fresh ones: a fork of a process in which a backend of Keras has begun its threads may hang.
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start_worker, (maker,)) as pool:
        yield _MadeElsewhere(pool, maker.steps)


class _MadeElsewhere:
    """Asks a pool of processes for batches; threads may share it."""

    def __init__(self, pool: Executor, steps: int) -> None:
        self._pool = pool
        self.steps = steps

    def batch(self, epoch: int, step: int) -> tuple[Any, ...]:
        """Waits until one of the processes has made it."""
        try:
            return self._pool.submit(_make, epoch, step).result()
        except BrokenProcessPool as error:
            raise TrainingError(
                "a process that prepares pictures ended before its time, perhaps for want of "
                "memory: go on with --resume and fewer --workers"
            ) from error


_makers: list[BatchMaker] = []
"""In a process that prepares pictures: the maker that it was given."""


def _start_worker(maker: BatchMaker) -> None:
    use_one_core()
    _makers.append(maker)


def _make(epoch: int, step: int) -> tuple[Any, ...]:
    return _makers[0].batch(epoch, step)
