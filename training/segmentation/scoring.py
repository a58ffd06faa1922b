"""Answers to a set's pictures, scored against its masks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.progress import track

from training.segmentation.dataset import MaskDataset, MaskedImage, read_sample
from training.segmentation.metrics import Confusion, mean_iou
from vision.class_map import ClassMap
from vision.preprocessing import UInt8Image

_BATCH = 8

Answer = Callable[[Sequence[UInt8Image]], list[ClassMap]]
"""From pictures, uint8 (H, W, 3), BGR, of any sizes, to their class maps, uint8 (H, W)."""


@dataclass(frozen=True)
class PictureScore:
    """How well one picture was answered.

    Attributes:
        image: the picture.
        mean_iou: over the classes in its mask, 0..1; NaN if all of it is ignored.
    """

    image: MaskedImage
    mean_iou: float


@dataclass(frozen=True)
class Evaluation:
    """How well a set was answered.

    Attributes:
        dataset: the set.
        confusion: of all its pictures together.
        pictures: each of them by itself.
    """

    dataset: MaskDataset
    confusion: Confusion
    pictures: tuple[PictureScore, ...]


def score(dataset: MaskDataset, answer: Answer) -> Evaluation:
    """Scores the answers to all pictures of a set, in the size of the pictures.

    Raises:
        TrainingError: a file of the set cannot be read any more.
    """
    confusion = Confusion(dataset.labels)
    pictures = []
    starts = range(0, len(dataset), _BATCH)
    for start in track(starts, f"scoring {dataset.name}", transient=True):
        images = dataset.images[start : start + _BATCH]
        samples = [read_sample(image, dataset) for image in images]
        answers = answer([sample.image for sample in samples])
        for image, sample, class_map in zip(images, samples, answers, strict=True):
            counted = confusion.add(sample.mask, class_map)
            pictures.append(PictureScore(image, mean_iou(counted)))
    return Evaluation(dataset, confusion, tuple(pictures))
