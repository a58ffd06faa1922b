"""A network in training, scored on the pictures kept for that as the finished model will be."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from training.segmentation.answering import answer_pictures
from training.segmentation.dataset import MaskDataset
from training.segmentation.decision import runner
from training.segmentation.recipe import Recipe
from training.segmentation.scoring import score
from training.segmentation.spec import make_spec


class Validation:
    """Scores a training network on its validation sets.

    Args:
        datasets: what to score on, of the same classes.
        recipe: what the network was made by.
    """

    def __init__(self, datasets: Sequence[MaskDataset], recipe: Recipe) -> None:
        self._datasets = datasets
        self._spec = make_spec(recipe, datasets[0].labels, datasets[0].palette)

    def __call__(self, network: keras.Model) -> dict[str, float]:
        """Mean IoU and pixel accuracy, ``miou`` and ``accuracy``: the means over the sets; of
        several sets each one's mean IoU too, by name."""
        answer = answer_pictures(runner(network), self._spec)
        evaluations = [score(dataset, answer) for dataset in self._datasets]
        figures = {
            "miou": float(np.mean([one.confusion.mean_iou for one in evaluations])),
            "accuracy": float(np.mean([one.confusion.accuracy for one in evaluations])),
        }
        if len(evaluations) > 1:
            figures |= {f"miou {one.dataset.name}": one.confusion.mean_iou for one in evaluations}
        return figures
