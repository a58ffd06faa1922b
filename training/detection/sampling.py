"""Which pictures a batch holds, and what the network should answer to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from training.batches import draw_one
from training.boxes.augmentation import Augmentation, Augmenter, Sample
from training.boxes.dataset import BoxDataset
from training.boxes.sampling import read_sample
from training.detection.anchors import Boxes
from training.detection.recipe import Recipe
from training.detection.targets import AnchorSampler

NO_BOX = -2
"""Class id of a row that holds no box."""


class Sampler:
    """Draws samples; the same for the same seed, whatever was drawn before.

    Args:
        datasets: what is drawn from, each equally often, however large it is.
        recipe: sizes, shares and augmentation.
        anchors: float32 (A, 4), the network's, in pixels of the input.
        seed: of everything random.
    """

    def __init__(
        self, datasets: Sequence[BoxDataset], recipe: Recipe, anchors: Boxes, seed: int
    ) -> None:
        self._datasets = datasets
        self._recipe = recipe
        self._seed = seed
        self._anchors = AnchorSampler(
            anchors,
            recipe.drawn_anchors,
            object_iou=recipe.object_iou,
            background_iou=recipe.background_iou,
        )
        self._augmenter = Augmenter(recipe.augmentation, recipe.size, seed)
        calm: Augmentation = recipe.augmentation.model_copy(update={"mosaic": 0.0})
        self._calm = Augmenter(calm, recipe.size, seed)
        total = sum(len(dataset) for dataset in datasets)
        self.steps = max(1, (recipe.samples or total) // recipe.batch)

    def batch(self, epoch: int, step: int) -> tuple[dict[str, npt.NDArray[Any]]]:
        """A batch of N pictures.

        Returns:
            ``image``, uint8 (N, size, size, 3), RGB; ``boxes``, float32 (N, G, 4), and
            ``class_ids``, int32 (N, G), the labelled boxes; ``labelled``, bool (N, C), the classes
            that are labelled in it; and the drawn anchors, as
            :class:`training.detection.targets.AnchorTargets` has them: ``anchor_rows``,
            ``anchor_kinds``, ``anchor_boxes``.
        """
        rng = np.random.default_rng((self._seed, epoch, step))
        plain = epoch >= self._recipe.epochs - self._recipe.plain_epochs
        augmenter = self._calm if plain else self._augmenter
        augmenter.reseed(int(rng.integers(2**31)))
        rows = [self._row(augmenter, rng) for _ in range(self._recipe.batch)]
        return ({name: np.stack([row[name] for row in rows]) for name in rows[0]},)

    def _row(self, augmenter: Augmenter, rng: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
        if augmenter.wants_mosaic:
            drawn = [self._draw(rng) for _ in range(4)]
            sample = augmenter.mosaic([one for one, _ in drawn])
        else:
            drawn = [self._draw(rng)]
            sample = augmenter.single(drawn[0][0])
        limit = self._recipe.max_truths
        boxes = np.zeros((limit, 4), np.float32)
        class_ids = np.full(limit, NO_BOX, np.int32)
        count = min(limit, len(sample.boxes))
        boxes[:count], class_ids[:count] = sample.boxes[:limit], sample.class_ids[:limit]
        targets = self._anchors.draw(sample.boxes, sample.class_ids, rng)
        return {
            "image": sample.image[:, :, ::-1],
            "boxes": boxes,
            "class_ids": class_ids,
            # Of a mosaic a class counts as labelled if it is in all of its pictures.
            "labelled": np.logical_and.reduce([labelled for _, labelled in drawn]),
            "anchor_rows": targets.rows,
            "anchor_kinds": targets.kinds,
            "anchor_boxes": targets.boxes,
        }

    def _draw(self, rng: np.random.Generator) -> tuple[Sample, npt.NDArray[np.bool_]]:
        """A picture, and which classes are labelled in it."""
        dataset = self._datasets[draw_one(rng, self._datasets)]
        labelled = np.ones(len(dataset.labels), np.bool_)
        labelled[list(dataset.unlabelled)] = False
        return read_sample(dataset.images[draw_one(rng, dataset)]), labelled
