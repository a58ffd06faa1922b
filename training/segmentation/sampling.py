"""Which pictures a batch holds, with their masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from training.batches import draw_one
from training.segmentation.augmentation import Augmenter
from training.segmentation.dataset import MaskDataset, Sample, read_sample
from training.segmentation.recipe import Recipe

Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]


class Sampler:
    """Draws samples; the same for the same seed, whatever was drawn before.

    Args:
        datasets: what is drawn from, each equally often, however large it is.
        recipe: sizes and augmentation.
        seed: of everything random.
    """

    def __init__(self, datasets: Sequence[MaskDataset], recipe: Recipe, seed: int) -> None:
        self._datasets = datasets
        self._recipe = recipe
        self._seed = seed
        self._augmenter = Augmenter(recipe.augmentation, recipe.width, recipe.height, seed)
        total = sum(len(dataset) for dataset in datasets)
        self.steps = max(1, (recipe.samples or total) // recipe.batch)

    def batch(self, epoch: int, step: int) -> Batch:
        """A batch of N pictures.

        Returns:
            Pictures, uint8 (N, height, width, 3), RGB, and masks, uint8 (N, height, width), class
            ids or 255 where ignored.
        """
        rng = np.random.default_rng((self._seed, epoch, step))
        self._augmenter.reseed(int(rng.integers(2**31)))
        samples = [self._augmenter.single(self._draw(rng)) for _ in range(self._recipe.batch)]
        pictures = np.stack([sample.image[:, :, ::-1] for sample in samples])
        return pictures, np.stack([sample.mask for sample in samples])

    def _draw(self, rng: np.random.Generator) -> Sample:
        dataset = self._datasets[draw_one(rng, self._datasets)]
        return read_sample(dataset.images[draw_one(rng, dataset)], dataset)
