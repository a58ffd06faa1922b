"""Which pictures a batch holds, and what the network should answer to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from training.batches import draw_one
from training.boxes.augmentation import Augmentation, Augmenter, Sample
from training.boxes.dataset import BoxDataset, LabelledImage
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
        self._sets = [_Pictures(dataset, recipe.by_class) for dataset in datasets]
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
        pictures = self._sets[draw_one(rng, self._sets)]
        # All of a mosaic are of one set: a class counts as labelled in it only if all label it.
        if augmenter.wants_mosaic:
            sample = augmenter.mosaic([pictures.draw(rng) for _ in range(4)])
        else:
            sample = augmenter.single(pictures.draw(rng))
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
            "labelled": pictures.labelled,
            "anchor_rows": targets.rows,
            "anchor_kinds": targets.kinds,
            "anchor_boxes": targets.boxes,
        }


class _Pictures:
    """The pictures of a set, to be drawn from.

    Args:
        dataset: the set.
        by_class: the share that is drawn by class, 0..1.

    Attributes:
        labelled: bool (C,), the classes that the set labels.
    """

    def __init__(self, dataset: BoxDataset, by_class: float) -> None:
        self._images = dataset.images
        self._by_class = by_class
        self.labelled = np.ones(len(dataset.labels), np.bool_)
        self.labelled[list(dataset.unlabelled)] = False
        showing = (
            [image for image in dataset.images if class_id in image.class_ids]
            for class_id in dataset.labelled
        )
        self._of_class = [images for images in showing if images]

    def draw(self, rng: np.random.Generator) -> Sample:
        """A picture: any, or one that shows a class, each class as likely as the others."""
        images: Sequence[LabelledImage] = self._images
        if self._of_class and rng.random() < self._by_class:
            images = self._of_class[draw_one(rng, self._of_class)]
        return read_sample(images[draw_one(rng, images)])
