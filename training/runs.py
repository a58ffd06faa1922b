"""The folder of a training run: what was asked for, checkpoints, the best network so far."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from training.errors import RunError

Arrays = list[npt.NDArray[Any]]

Epoch = Literal["best", "last"]
"""Whose weights: of the epoch that was best on validation, or of the last finished one."""


@dataclass
class Progress:
    """How far a run is.

    Attributes:
        epochs_done: finished epochs.
        history: one dictionary of figures an epoch.
        best_epoch: the epoch, from 1, with the best score so far; 0: none yet.
        best_score: that score, more is better.
    """

    epochs_done: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    best_score: float = float("-inf")


@dataclass(frozen=True)
class TrainReport:
    """What came of a training.

    Attributes:
        folder: the run's folder, to be exported.
        epochs: epochs that were trained, over all resumptions.
        best_epoch: the epoch that is kept, from 1.
        best_score: its score on validation, more is better.
        history: figures of every epoch.
    """

    folder: Path
    epochs: int
    best_epoch: int
    best_score: float
    history: list[dict[str, float]]

    @classmethod
    def of(cls, folder: Path, progress: Progress) -> Self:
        """The report of a run in a folder."""
        return cls(
            folder,
            progress.epochs_done,
            progress.best_epoch,
            progress.best_score,
            progress.history,
        )


class RunFolder:
    """Files of one run. Every file is replaced in one step, so a kill leaves the old or the new."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def description(self) -> Path:
        """JSON of what the run trains."""
        return self.folder / "run.json"

    @property
    def best(self) -> Path:
        """The best epoch's weights."""
        return self.folder / "best.npz"

    @property
    def checkpoint(self) -> Path:
        """Everything that going on needs."""
        return self.folder / "last.npz"

    @property
    def chart(self) -> Path:
        """Losses and scores over the epochs."""
        return self.folder / "chart.png"

    @property
    def logs(self) -> Path:
        """TensorBoard's logs."""
        return self.folder / "tensorboard"

    def open(self, description: str, resume: bool) -> None:
        """Makes the folder, or checks that it holds the same run.

        Args:
            description: JSON of all that decides what is trained.
            resume: whether the folder may hold that run already.

        Raises:
            RunError: the folder holds a run and ``resume`` is off, or it holds another run.
        """
        if not self.description.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            _replace(self.description, description.encode())
            return
        if not resume:
            raise RunError(
                f"{self.folder} holds a run already: go on with it (--resume) or give another name"
            )
        if self.description.read_text() != description:
            raise RunError(
                f"{self.folder} was started with other settings than these; give the ones in "
                f"{self.description.name}, or another name"
            )

    def read_description(self) -> str:
        """What the run was started with, as JSON.

        Raises:
            RunError: the folder holds no run.
        """
        if not self.description.exists():
            raise RunError(f"{self.folder} holds no training run (no {self.description.name})")
        return self.description.read_text()

    def save_best(self, weights: Arrays) -> None:
        """Keeps the weights of the best epoch."""
        _write_arrays(self.best, {"weights": weights}, {})

    def read_best(self) -> Arrays:
        """The weights of the best epoch.

        Raises:
            RunError: no epoch is finished yet.
        """
        if not self.best.exists():
            raise RunError(f"{self.folder} has no finished epoch yet (no {self.best.name})")
        return _read_arrays(self.best)[0]["weights"]

    def read_weights(self, epoch: Epoch) -> Arrays:
        """The weights of the best or of the last epoch, as they were validated.

        Raises:
            RunError: no epoch is finished yet.
        """
        if epoch == "best":
            return self.read_best()
        saved = self.read_checkpoint()
        if saved is None or "average" not in saved[0]:
            raise RunError(
                f"{self.folder} has no finished epoch yet (no weights in {self.checkpoint.name})"
            )
        return saved[0]["average"]

    def save_checkpoint(self, groups: dict[str, Arrays], progress: Progress) -> None:
        """Keeps all state after an epoch.

        Args:
            groups: arrays by name; ``average`` are the weights that were validated.
            progress: how far the run is.
        """
        _write_arrays(self.checkpoint, groups, asdict(progress))

    def read_checkpoint(self) -> tuple[dict[str, Arrays], Progress] | None:
        """The state after the last finished epoch; None when there is none.

        Raises:
            RunError: it was written by another version of this program.
        """
        if not self.checkpoint.exists():
            return None
        groups, note = _read_arrays(self.checkpoint)
        try:
            return groups, Progress(**note)
        except TypeError as error:
            raise RunError(
                f"{self.checkpoint} was written by another version of this program; "
                f"start anew, from the run's best weights if you like (--start-from)"
            ) from error


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    os.replace(fresh, path)


def _write_arrays(path: Path, groups: dict[str, Arrays], note: dict[str, Any]) -> None:
    named: dict[str, npt.NDArray[Any]] = {"note": np.array(json.dumps(note))}
    for group, arrays in groups.items():
        named.update((f"{group}/{i}", array) for i, array in enumerate(arrays))
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        np.savez(file, **named)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def _read_arrays(path: Path) -> tuple[dict[str, Arrays], dict[str, Any]]:
    groups: dict[str, Arrays] = {}
    with np.load(path, allow_pickle=False) as file:
        note = json.loads(str(file["note"]))
        names = [name.split("/") for name in file.files if name != "note"]
        for group, number in sorted(names, key=lambda name: (name[0], int(name[1]))):
            groups.setdefault(group, []).append(file[f"{group}/{number}"])
    return groups, note
