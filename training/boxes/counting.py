"""Which classes of a set count, where not all should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.boxes.dataset import IGNORED, BoxDataset
from training.errors import TrainingError


def count_only(dataset: BoxDataset, labels: Sequence[str]) -> BoxDataset:
    """The set with boxes of these classes only; those of others become ignored regions.

    The labels of the set stay what they are, and so do its class ids. Classes that do not count
    become ``unlabelled``.

    Raises:
        TrainingError: a label is no class of the set, or the set labels none of them.
    """
    strange = [label for label in labels if label not in dataset.labels]
    if strange:
        raise TrainingError(
            f"{dataset.name}: expected classes to count out of {', '.join(dataset.labels)}, got "
            f"{', '.join(strange)}"
        )
    counted = [class_id for class_id in dataset.labelled if dataset.labels[class_id] in labels]
    if not counted:
        raise TrainingError(
            f"{dataset.name}: expected at least one class to count that the set labels, got "
            f"{', '.join(labels)}; it labels "
            f"{', '.join(dataset.labels[class_id] for class_id in dataset.labelled) or 'none'}"
        )
    images = tuple(
        replace(
            image,
            class_ids=np.where(np.isin(image.class_ids, counted), image.class_ids, IGNORED),
        )
        for image in dataset.images
    )
    unlabelled = frozenset(range(len(dataset.labels))) - set(counted)
    return replace(dataset, images=images, unlabelled=unlabelled)
