"""Processes that prepare batches: the same ones, and an end that is told."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import pytest

pytest.importorskip("keras")

from training.batches import Batches
from training.errors import TrainingError
from training.workers import prepared_by


@dataclass(frozen=True)
class Numbers:
    """Batches that tell the epoch, the step, and the process that made them."""

    steps: int = 6

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, int]:
        return np.array([epoch, step]), os.getpid()


@dataclass(frozen=True)
class Ending:
    """The process ends where a batch should be made."""

    steps: int = 2

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray]:
        os._exit(3)


def test_without_workers_the_maker_itself_makes_the_batches():
    maker = Numbers()
    with prepared_by(0, maker) as prepared:
        assert prepared is maker


def test_other_processes_make_the_same_batches():
    with prepared_by(2, Numbers()) as prepared:
        batches = Batches(prepared, first_epoch=4, threads=2)
        assert len(batches) == 6
        answers = [batches[step] for step in range(6)]
        batches.on_epoch_end()
        assert batches[2][0].tolist() == [5, 2]
    assert [numbers.tolist() for numbers, _ in answers] == [[4, step] for step in range(6)]
    assert os.getpid() not in {process for _, process in answers}


def test_a_process_that_ends_is_told_and_what_to_do():
    with (
        prepared_by(1, Ending()) as prepared,
        pytest.raises(TrainingError, match="--resume and fewer --workers"),
    ):
        prepared.batch(0, 0)
