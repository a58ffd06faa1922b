"""Training: learns to name the pixels of drawn scenes, and goes on after being killed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras")

from tests.training.segmentation.conftest import TINY
from tests.training.segmentation.drawn_scenes import draw_scenes
from training.errors import RunError, TrainingError
from training.runs import RunFolder
from training.segmentation.settings import TrainSettings
from training.segmentation.train import count_outputs, train

KILLED = """
import sys
from training.segmentation.settings import TrainSettings
from training.segmentation.train import train
train(TrainSettings.model_validate_json(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_scenes_that_were_not_trained_on_are_named(learned):
    history = learned.report.history
    assert learned.report.best_score > 0.9
    assert learned.report.best_score == max(row["miou"] for row in history)
    assert history[-1]["loss"] < 0.3 * history[0]["loss"]
    assert (learned.report.folder / "chart.png").stat().st_size > 0


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_one_class_against_the_rest(tmp_path):
    """The road alone, by a sigmoid, as the book trains."""
    scenes = draw_scenes(tmp_path / "roads", train=48, val=12, kind="binary")
    settings = TrainSettings(
        data=[scenes],
        runs=tmp_path / "runs",
        encoder="none",
        depth=3,
        classes=1,
        epochs=8,
        change=TINY,
    )
    report = train(settings)
    assert report.best_score > 0.9


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_killed_run_goes_on_from_its_last_epoch(tmp_path, kill_after_an_epoch):
    scenes = draw_scenes(tmp_path / "drawn", train=16, val=4)
    asked = TrainSettings(
        data=[scenes],
        runs=tmp_path / "runs",
        name="killed",
        encoder="none",
        depth=2,
        epochs=3,
        change={**TINY, "samples": 16, "dropout": 0.2},
    )
    run = RunFolder(asked.runs / "killed")
    saved = kill_after_an_epoch(KILLED, asked.model_dump_json(), run)
    assert saved.epochs_done < 3

    with pytest.raises(RunError, match="holds a run already"):
        train(asked)
    report = train(asked.model_copy(update={"resume": True}))
    whole = train(asked.model_copy(update={"name": "whole"}))
    assert report.history[: saved.epochs_done] == saved.history
    assert [row["epoch"] for row in report.history] == [1, 2, 3]
    np.testing.assert_allclose(
        [row["loss"] for row in report.history], [row["loss"] for row in whole.history], rtol=1e-3
    )


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_from_another_run_s_weights_only_if_they_fit(learned, tmp_path):
    asked = TrainSettings(
        data=[learned.scenes],
        runs=tmp_path,
        encoder="none",
        depth=3,
        epochs=1,
        start_from=learned.report.folder,
        change={**TINY, "samples": 8, "learning_rate": 1e-6, "average": 0.0},
    )
    assert train(asked).history[0]["miou"] > 0.9
    other = asked.model_copy(update={"name": "other", "base_filters": 4})
    with pytest.raises(RunError, match="another one than this recipe's"):
        train(other)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"data": []}, "no data was given"),
        ({"change": {"epoch": 3}}, "recipe: epoch: .*fields: epochs, samples"),
        ({"encoder": "efficientnet_lite0", "depth": 3}, "halves 5 times"),
        ({"encoder": "none", "classes": 7}, r"classes: expected 5, .*sky, .*person\), got 7"),
        ({"encoder": "none", "classes": 1}, "classes: expected 5"),
    ],
)
def test_what_cannot_be_trained(fields, message, tmp_path):
    scenes = draw_scenes(tmp_path / "drawn", train=4, val=2)
    asked = {"data": [scenes], "runs": tmp_path / "runs", **fields}
    with pytest.raises(TrainingError, match=message):
        train(TrainSettings.model_validate(asked))


def test_sets_of_different_classes(tmp_path):
    one = draw_scenes(tmp_path / "one", train=4, val=2)
    other = draw_scenes(tmp_path / "other", train=4, val=2, kind="binary")
    with pytest.raises(TrainingError, match="other: expected the classes of one in its order"):
        train(TrainSettings(data=[one, other], runs=tmp_path / "runs"))


@pytest.mark.parametrize(
    ("classes", "labels", "expected"),
    [
        (None, ("background", "road"), 2),
        (1, ("background", "road"), 1),
        (2, ("background", "road"), 2),
        (3, ("sky", "road", "car"), 3),
    ],
)
def test_outputs(classes, labels, expected):
    assert count_outputs(classes, labels) == expected
