"""Training: learns 40 photos by heart, and goes on after being killed as if nothing was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras")

from training.boxes.anchors import average_iou, box_sizes
from training.boxes.reading import read_dataset
from training.errors import RunError, TrainingError
from training.labelled.splitting import split
from training.plates.recipe import Recipe
from training.plates.settings import TrainSettings
from training.plates.train import fit_anchors, train
from training.recipe import change_recipe
from training.runs import RunFolder

STILL = {
    "mosaic": 0, "light": 0, "night": 0, "colour": 0, "grey": 0, "blur": 0, "noise": 0,
    "compression": 0, "perspective": 0, "rotate_degrees": 0, "shear_degrees": 0,
    "shift": 0.05, "scale": (0.9, 1.1),
}  # fmt: skip
TINY = {
    "size": 96, "batch": 8, "average": 0.9, "learning_rate": 2e-3, "plain_epochs": 0,
    "anchors": [(20, 12), (28, 16), (32, 20), (36, 24), (42, 26), (48, 30)],
    "masks": [(3, 4, 5), (0, 1, 2)], "augmentation": STILL,
}  # fmt: skip


def settings(data: Path, tmp_path: Path, **more: object) -> TrainSettings:
    fields = {"data": [data], "runs": tmp_path / "runs", "validation": 10, "change": TINY, **more}
    return TrainSettings.model_validate(fields)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_forty_photos_are_learned_by_heart(draw_photos, tmp_path):
    from training.boxes.validation import Validation
    from training.plates.finding import Finder
    from training.plates.train import build_trained

    folder = draw_photos(50)
    report = train(settings(folder, tmp_path, epochs=16, change={**TINY, "samples": 80}))
    trained_on, kept_aside = split(read_dataset(folder, labels=("plate",)), 10)
    assert (len(trained_on), len(kept_aside)) == (40, 10)
    recipe = change_recipe(Recipe(), TINY)
    _, network = build_trained(recipe, 1)
    network.set_weights(RunFolder(report.folder).read_best())
    figures = Validation([trained_on], recipe.size, Finder(recipe.network_anchors, recipe.size))(
        network
    )
    assert figures["ap50"] > 0.9
    assert report.best_score == max(row["ap"] for row in report.history)
    assert (report.folder / "chart.png").stat().st_size > 0


KILLED = """
import sys
from training.plates.settings import TrainSettings
from training.plates.train import train
train(TrainSettings.model_validate_json(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_killed_run_goes_on_from_its_last_epoch(draw_photos, tmp_path, kill_after_an_epoch):
    change = {**TINY, "size": 64, "samples": 8}
    asked = settings(draw_photos(24), tmp_path, epochs=4, name="killed", change=change)
    run = RunFolder(asked.runs / "killed")
    saved = kill_after_an_epoch(KILLED, asked.model_dump_json(), run)
    done = saved.epochs_done
    assert done < 4

    with pytest.raises(RunError, match="holds a run already"):
        train(asked)
    with pytest.raises(RunError, match="other settings"):
        train(asked.model_copy(update={"resume": True, "seed": 7}))
    report = train(asked.model_copy(update={"resume": True}))
    assert [row["epoch"] for row in report.history] == [1, 2, 3, 4]
    assert report.history[:done] == saved.history
    assert report.best_score == max(row["ap"] for row in report.history)

    whole = train(asked.model_copy(update={"name": "whole"}))
    assert whole.best_epoch == report.best_epoch
    for mine, theirs in zip(whole.history, report.history, strict=True):
        assert mine["loss"] == pytest.approx(theirs["loss"], rel=1e-2)


@pytest.mark.slow
def test_a_run_starts_from_another_ones_weights(draw_photos, tmp_path):
    change = {**TINY, "size": 64, "samples": 8, "learning_rate": 1e-9, "average": 0}
    data = draw_photos(24)
    first = train(settings(data, tmp_path, epochs=1, change=change))
    asked = settings(
        data, tmp_path, epochs=1, name="second", change=change, start_from=first.folder, seed=3
    )
    second = train(asked)
    pairs = zip(
        RunFolder(first.folder).read_best(), RunFolder(second.folder).read_best(), strict=True
    )
    kernels = [(mine, theirs) for mine, theirs in pairs if mine.ndim == 4]
    assert len(kernels) == 21
    for mine, theirs in kernels:
        np.testing.assert_allclose(mine, theirs, atol=1e-6)
    description = json.loads((second.folder / "run.json").read_text())
    assert description["labels"] == ["plate"]
    assert description["recipe"]["size"] == 64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": []}, "no data was given"),
        ({"change": {"sise": 64}}, "recipe: sise"),
        ({"change": {"size": 100}}, "recipe: size"),
        ({"change": {"augmentation": {"mosaik": 0}}}, "recipe: augmentation.mosaik"),
        ({"change": {"anchors": [[1, 2]]}}, "recipe: anchors"),
    ],
)
def test_settings_that_cannot_be_used(draw_photos, tmp_path, change, message):
    fields = {"data": [draw_photos(4)], "runs": tmp_path / "runs", **change}
    with pytest.raises(TrainingError, match=message):
        train(TrainSettings.model_validate(fields))
    assert not (tmp_path / "runs").exists()


def test_anchors_by_k_means_fit_the_photos(draw_photos):
    photos = read_dataset(draw_photos(30), labels=("plate",))
    recipe = change_recipe(Recipe(), {"size": 96, "augmentation": {"scale": (0.5, 2.0)}})
    fitted = fit_anchors(recipe, [photos])
    assert fitted.masks == ((3, 4, 5), (0, 1, 2))
    areas = [width * height for width, height in fitted.anchors]
    assert areas == sorted(areas)
    sizes = np.concatenate([box_sizes(photos, 96) * scale for scale in (0.5, 1, 2)])
    assert average_iou(sizes, np.array(fitted.anchors)) > 0.75
    assert average_iou(sizes, np.array(recipe.anchors)) < 0.6
    with pytest.raises(TrainingError, match="anchors by k-means: expected"):
        fit_anchors(recipe, [photos.select([0])])


def test_a_set_without_the_wanted_classes_is_refused(draw_photos, tmp_path):
    folder = draw_photos(6)
    (folder / "classes.txt").write_text("car\nhelmet\n")
    asked = TrainSettings(data=[folder], runs=tmp_path / "runs", validation=2)
    with pytest.raises(TrainingError, match="plate"):
        train(asked)
    assert not (tmp_path / "runs").exists()
