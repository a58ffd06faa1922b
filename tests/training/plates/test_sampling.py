"""Batches: repeatable, in the network's colours, from photos and painted scenes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("keras")

from training.boxes.augmentation import Sample
from training.boxes.dataset import LabelledImage
from training.boxes.reading import read_dataset
from training.boxes.sampling import read_sample
from training.plates.recipe import Recipe
from training.plates.sampling import Sampler, Sources
from training.recipe import change_recipe
from training.workers import prepared_by

SMALL = {"size": 96, "batch": 4, "epochs": 3, "plain_epochs": 1}


@pytest.fixture
def photos(draw_photos):
    return read_dataset(draw_photos(12), labels=("plate",))


def test_a_batch_is_the_same_whatever_was_drawn_before(photos):
    sources = Sources([photos], [])
    one, two = (Sampler(sources, change_recipe(Recipe(), SMALL), 1, 5) for _ in range(2))
    one.batch(0, 0)
    with prepared_by(1, two) as elsewhere:
        expected, found = one.batch(1, 2), elsewhere.batch(1, 2)
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (one.batch(1, 1)[0] != expected[0]).any()
    assert (
        Sampler(sources, change_recipe(Recipe(), SMALL), 1, 6).batch(1, 2)[0] != expected[0]
    ).any()


def test_shapes_and_the_number_of_steps(photos):
    sampler = Sampler(Sources([photos], []), change_recipe(Recipe(), SMALL), 1, 0)
    assert sampler.steps == 3
    pictures, targets = sampler.batch(0, 0)
    assert pictures.shape == (4, 96, 96, 3)
    assert pictures.dtype == np.uint8
    assert targets.shape == (4, 3 * (3 * 3 + 6 * 6) + 64, 7)
    assert (
        Sampler(
            Sources([photos], []), change_recipe(Recipe(), {**SMALL, "samples": 40}), 1, 0
        ).steps
        == 10
    )


def test_colours_are_in_the_networks_order(tmp_path, draw_photos):
    folder = draw_photos(2)
    for path in (folder / "images").iterdir():
        cv2.imwrite(str(path), np.full((96, 96, 3), (250, 120, 10), np.uint8))
    dataset = read_dataset(folder, labels=("plate",))
    still = {
        "mosaic": 0, "light": 0, "night": 0, "colour": 0, "grey": 0, "blur": 0, "noise": 0,
        "compression": 0, "perspective": 0, "rotate_degrees": 0, "shear_degrees": 0, "shift": 0,
        "scale": (1, 1),
    }  # fmt: skip
    recipe = change_recipe(Recipe(), {**SMALL, "augmentation": still})
    pictures, _ = Sampler(Sources([dataset], []), recipe, 1, 0).batch(0, 0)
    np.testing.assert_array_equal(pictures[0, 50, 50], [10, 120, 250])


def test_mosaics_stop_in_the_last_epochs(photos, monkeypatch):
    recipe = change_recipe(Recipe(), {**SMALL, "augmentation": {"mosaic": 1.0}})
    sampler = Sampler(Sources([photos], []), recipe, 1, 0)
    drawn: list[int] = []

    def read(image: LabelledImage) -> Sample:
        drawn.append(1)
        return read_sample(image)

    monkeypatch.setattr("training.plates.sampling.read_sample", read)
    sampler.batch(0, 0)
    assert len(drawn) == 4 * 4
    drawn.clear()
    sampler.batch(2, 0)
    assert len(drawn) == 4


def test_scenes_are_drawn_as_often_as_the_recipe_says(photos, tmp_path, draw_photos, monkeypatch):
    scenes = read_dataset(draw_photos(6, name="roads", seed=3), labels=("car",))
    recipe = change_recipe(Recipe(), {**SMALL, "scene_share": 0.5, "augmentation": {"mosaic": 0}})
    sampler = Sampler(Sources([photos], [scenes]), recipe, 1, 0)
    folders: list[str] = []

    def read(image: LabelledImage) -> Sample:
        folders.append(image.path.parts[-3])
        return read_sample(image)

    monkeypatch.setattr("training.plates.sampling.read_sample", read)
    for step in range(15):
        sampler.batch(0, step)
    assert len(folders) == 60
    assert 20 <= folders.count("roads") <= 40
