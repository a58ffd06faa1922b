"""The folder of a run: what comes back, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from training.errors import RunError
from training.runs import Progress, RunFolder


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.open("{}", resume=False)
    assert folder.read_checkpoint() is None
    groups = {
        "model": [np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros(0, np.float32)],
        # Eleven, so that their order by number is not that by name.
        "optimizer": [np.array(number) for number in range(11)],
        "average": [],
    }
    progress = Progress(2, [{"epoch": 1.0, "loss": 3.5}, {"epoch": 2.0, "loss": 2.5}], 2, 0.75)
    folder.save_checkpoint(groups, progress)
    saved = folder.read_checkpoint()
    assert saved is not None
    found, told = saved
    assert told == progress
    assert set(found) == {"model", "optimizer"}, "an empty group is left out"
    for group, arrays in found.items():
        for mine, theirs in zip(arrays, groups[group], strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_the_best_weights_are_those_saved_last(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.open("{}", resume=False)
    with pytest.raises(RunError, match="no finished epoch yet"):
        folder.read_best()
    folder.save_best([np.array([1.0])])
    folder.save_best([np.array([2.0])])
    assert folder.read_best() == [np.array([2.0])]
    assert sorted(path.name for path in folder.folder.iterdir()) == ["best.npz", "run.json"]
    with pytest.raises(RunError, match=r"no finished epoch yet \(no weights in last.npz\)"):
        folder.read_weights("last")


def test_a_run_is_resumed_only_as_it_was_started(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with pytest.raises(RunError, match="no training run"):
        folder.read_description()
    folder.open('{"seed": 1}', resume=True)
    folder.open('{"seed": 1}', resume=True)
    with pytest.raises(RunError, match="holds a run already"):
        folder.open('{"seed": 1}', resume=False)
    with pytest.raises(RunError, match="other settings"):
        folder.open('{"seed": 2}', resume=True)
    assert folder.read_description() == '{"seed": 1}'


def test_a_checkpoint_of_another_version_is_refused_plainly(tmp_path, monkeypatch):
    folder = RunFolder(tmp_path / "run")
    folder.open("{}", resume=False)
    monkeypatch.setattr("training.runs.asdict", lambda _: {"best_loss": 0.5})
    folder.save_checkpoint({"model": [np.zeros(1)]}, Progress())
    with pytest.raises(RunError, match="another version of this program"):
        folder.read_checkpoint()
