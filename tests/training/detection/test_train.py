"""Training: learns to find drawn shapes, and goes on after being killed as if nothing was."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras")

from tests.training.detection.conftest import LABELS, TINY, draw_scenes
from training.boxes.reading import read_parts
from training.detection.build import build_network
from training.detection.recipe import RECIPES
from training.detection.sampling import Sampler
from training.detection.settings import TrainSettings
from training.detection.train import train
from training.detection.trained import read_trained
from training.errors import RunError, TrainingError
from training.recipe import change_recipe
from training.runs import RunFolder

KILLED = """
import sys
from training.detection.settings import TrainSettings
from training.detection.train import train
train(TrainSettings.model_validate_json(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_shapes_that_were_not_trained_on_are_found(learned):
    history = learned.report.history
    assert history[-1]["ap50"] > 0.9
    assert learned.report.best_score == max(row["ap"] for row in history)
    assert history[-1]["ap"] > 0.75  # boxes are exact
    assert history[-1]["loss"] < 0.6 * history[0]["loss"]
    assert (learned.report.folder / "chart.png").stat().st_size > 0


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_what_is_there_is_learned_by_both_parts(learned):
    recipe = change_recipe(RECIPES["efficientnet_lite0_fpn"], TINY)
    parts = read_parts(learned.scenes, labels=LABELS)
    untrained = build_network(recipe, len(LABELS))
    (batch,) = Sampler([parts["val"]], recipe, untrained.anchors, seed=0).batch(0, 0)
    losses = []
    for network in (untrained, read_trained(learned.report.folder).network):
        network.compile(jit_compile=False)
        losses.append(network.test_on_batch(batch, return_dict=True))
    before, after = losses
    for part in ("objectness", "classes"):
        assert after[part] < 0.3 * before[part]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_killed_run_goes_on_from_its_last_epoch(tmp_path, kill_after_an_epoch):
    scenes = draw_scenes(tmp_path / "shapes", train=16, val=4)
    asked = TrainSettings(
        data=[scenes],
        classes=scenes / "map.yaml",
        runs=tmp_path / "runs",
        name="killed",
        epochs=3,
        change={**TINY, "samples": 8},
    )
    run = RunFolder(asked.runs / "killed")
    saved = kill_after_an_epoch(KILLED, asked.model_dump_json(), run)
    assert saved.epochs_done < 3

    with pytest.raises(RunError, match="holds a run already"):
        train(asked)
    report = train(asked.model_copy(update={"resume": True}))
    # Other processes prepare the same pictures.
    whole = train(asked.model_copy(update={"name": "whole", "workers": 2}))
    assert report.history[: saved.epochs_done] == saved.history
    assert [row["epoch"] for row in report.history] == [1, 2, 3]
    np.testing.assert_allclose(
        [row["loss"] for row in report.history], [row["loss"] for row in whole.history], rtol=1e-3
    )
    assert report.best_epoch == whole.best_epoch


def test_from_another_run_s_weights_only_if_they_fit(learned, tmp_path):
    asked = TrainSettings(
        data=[learned.scenes],
        classes=learned.scenes / "map.yaml",
        runs=tmp_path,
        epochs=1,
        start_from=learned.report.folder,
        change={**TINY, "samples": 8, "learning_rate": 1e-6},
    )
    report = train(asked)
    # Almost no step was made: it is as good as where it started.
    assert report.history[0]["ap50"] > 0.9
    other = asked.model_copy(update={"name": "other", "change": {**asked.change, "channels": 16}})
    with pytest.raises(RunError, match="another one than this recipe's"):
        train(other)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"data": []}, "no data was given"),
        ({"change": {"epoch": 3}}, "recipe: epoch: .*fields: epochs, samples"),
        ({"change": {"bin_samples": 0}}, "ROI pooling .* one level"),
        ({"change": {"anchor_sizes": [[32]]}}, "has 4 levels.* got 1"),
    ],
)
def test_what_cannot_be_trained(fields, message, tmp_path):
    scenes = draw_scenes(tmp_path / "shapes", train=4, val=2)
    asked = {"data": [scenes], "classes": scenes / "map.yaml", "runs": tmp_path / "runs", **fields}
    with pytest.raises(TrainingError, match=message):
        train(TrainSettings.model_validate(asked))
