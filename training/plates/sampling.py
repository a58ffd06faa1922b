"""Which pictures a batch holds: labelled photos and painted scenes, drawn and changed by a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.batches import draw_one
from training.boxes.augmentation import Augmentation, Augmenter, Sample
from training.boxes.dataset import BoxDataset
from training.boxes.sampling import read_sample
from training.plates.painting import paint_plates
from training.plates.recipe import Recipe
from training.plates.targets import TargetMaker
from vision.preprocessing import UInt8Image

_CUT_OUTS = 400

Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Sources:
    """What pictures are drawn from.

    Attributes:
        photos: labelled sets; each is drawn equally often, however large it is.
        scenes: sets of road scenes onto which plates are painted.
    """

    photos: Sequence[BoxDataset]
    scenes: Sequence[BoxDataset]


class Sampler:
    """Draws samples; the same for the same seed, whatever was drawn before.

    Args:
        sources: what is drawn from.
        recipe: sizes, shares and augmentation.
        classes: number of classes.
        seed: of everything random.
    """

    def __init__(self, sources: Sources, recipe: Recipe, classes: int, seed: int) -> None:
        self._sources = sources
        self._recipe = recipe
        self._seed = seed
        self._targets = TargetMaker(recipe.network_anchors, classes, recipe.size, recipe.match_iou)
        self._augmenter = Augmenter(recipe.augmentation, recipe.size, seed)
        calm: Augmentation = recipe.augmentation.model_copy(update={"mosaic": 0.0})
        self._calm = Augmenter(calm, recipe.size, seed)
        self._cut_outs = _cut_out(sources.photos, np.random.default_rng(seed))
        total = sum(len(photos) for photos in sources.photos)
        self.steps = max(1, (recipe.samples or total) // recipe.batch)

    def batch(self, epoch: int, step: int) -> Batch:
        """A batch: pictures, uint8 (N, size, size, 3), RGB, and targets of ``TargetMaker``."""
        rng = np.random.default_rng((self._seed, epoch, step))
        plain = epoch >= self._recipe.epochs - self._recipe.plain_epochs
        augmenter = self._calm if plain else self._augmenter
        augmenter.reseed(int(rng.integers(2**31)))
        pictures, targets = [], []
        for _ in range(self._recipe.batch):
            sample = self._sample(augmenter, rng)
            pictures.append(sample.image[:, :, ::-1])
            targets.append(self._targets.make(sample.boxes, sample.class_ids))
        return np.stack(pictures), np.stack(targets)

    def _sample(self, augmenter: Augmenter, rng: np.random.Generator) -> Sample:
        if augmenter.wants_mosaic:
            return augmenter.mosaic([self._draw(rng) for _ in range(4)])
        return augmenter.single(self._draw(rng))

    def _draw(self, rng: np.random.Generator) -> Sample:
        scenes = self._sources.scenes
        if scenes and rng.random() < self._recipe.scene_share:
            dataset = scenes[draw_one(rng, scenes)]
            scene = read_sample(dataset.images[draw_one(rng, dataset)])
            return paint_plates(scene, dataset.labels, self._cut_outs, rng)
        photos = self._sources.photos[draw_one(rng, self._sources.photos)]
        return read_sample(photos.images[draw_one(rng, photos)])


def _cut_out(photos: Sequence[BoxDataset], rng: np.random.Generator) -> list[UInt8Image]:
    """Some of the labelled plates as pictures, to be laid onto scenes."""
    cut_outs: list[UInt8Image] = []
    for dataset in photos:
        rows: Any = rng.permutation(len(dataset))[:_CUT_OUTS]
        for row in rows:
            sample = read_sample(dataset.images[row])
            for x_min, y_min, x_max, y_max in sample.boxes.round().astype(int):
                plate = sample.image[y_min:y_max, x_min:x_max]
                if plate.shape[0] >= 16 and plate.shape[1] >= 16:
                    cut_outs.append(plate.copy())
    return cut_outs
