"""Batches: shapes, sets drawn equally often, the same for a seed, pictures with their own masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

pytest.importorskip("keras")
pytest.importorskip("albumentations")

from tests.training.segmentation.drawn_scenes import HEIGHT, LABELS, WIDTH, draw_scenes
from tests.training.segmentation.test_augmentation import STILL
from training.batches import Batches
from training.segmentation.augmentation import Augmentation
from training.segmentation.dataset import MaskDataset, read_sample
from training.segmentation.reading import read_set
from training.segmentation.recipe import Recipe
from training.segmentation.sampling import Sampler
from training.workers import prepared_by


@dataclass(frozen=True)
class Sets:
    """A large set of scenes and a small one."""

    large: MaskDataset
    small: MaskDataset


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Sets:
    folder = tmp_path_factory.mktemp("sets")
    return Sets(
        read_set(draw_scenes(folder / "large", train=20, val=0)),
        read_set(draw_scenes(folder / "small", train=1, val=0, seed=1)),
    )


def recipe(**changes: object) -> Recipe:
    fields = {"width": WIDTH, "height": HEIGHT, "batch": 4, "augmentation": Augmentation(**STILL)}
    return Recipe.model_validate({**fields, **changes})


def test_a_batch(sets: Sets) -> None:
    sampler = Sampler([sets.large], recipe(), seed=0)
    assert sampler.steps == 5
    pictures, masks = sampler.batch(0, 0)
    assert pictures.shape == (4, HEIGHT, WIDTH, 3)
    assert pictures.dtype == np.uint8
    assert masks.shape == (4, HEIGHT, WIDTH)
    assert masks.dtype == np.uint8
    assert set(np.unique(masks)) <= {*range(len(LABELS)), 255}
    # RGB: the sky is bluer than red, the cars redder than blue.
    for label, sign in (("sky", -1), ("car", 1)):
        colour = pictures[masks == LABELS.index(label)].mean(axis=0)
        assert np.sign(colour[0] - colour[2]) == sign


def test_pictures_come_with_their_own_masks(sets: Sets) -> None:
    known = {
        sample.image[:, :, ::-1].tobytes(): sample.mask
        for sample in (read_sample(image, sets.large) for image in sets.large.images)
    }
    for picture, mask in zip(*Sampler([sets.large], recipe(), 0).batch(0, 0), strict=True):
        assert (known[picture.tobytes()] == mask).all()


def test_sets_are_drawn_equally_often(sets: Sets) -> None:
    sampler = Sampler([sets.large, sets.small], recipe(batch=50, samples=200), seed=0)
    assert sampler.steps == 4
    (only,) = [read_sample(image, sets.small) for image in sets.small.images]
    drawn = np.concatenate([sampler.batch(0, step)[0] for step in range(4)])
    small = (drawn == only.image[:, :, ::-1]).all(axis=(1, 2, 3)).mean()
    assert small == pytest.approx(0.5, abs=0.1)


def test_the_same_for_the_same_seed_whatever_was_drawn_before(sets: Sets) -> None:
    changed = recipe(augmentation=Augmentation())
    first, second = (Sampler([sets.large], changed, seed=5) for _ in range(2))
    first.batch(0, 0)
    with prepared_by(1, second) as elsewhere:
        for one, other in zip(first.batch(2, 1), elsewhere.batch(2, 1), strict=True):
            assert (one == other).all()
    other_seed = Sampler([sets.large], changed, seed=6).batch(2, 1)[0]
    for other in (first.batch(3, 1)[0], first.batch(2, 2)[0], other_seed):
        assert (other != second.batch(2, 1)[0]).any()


def test_batches_for_keras_go_on_to_the_next_epoch(sets: Sets) -> None:
    sampler = Sampler([sets.large], recipe(), seed=0)
    batches = Batches(sampler, first_epoch=3)
    assert len(batches) == 5
    assert (batches[1][0] == sampler.batch(3, 1)[0]).all()
    batches.on_epoch_end()
    assert (batches[1][1] == sampler.batch(4, 1)[1]).all()
