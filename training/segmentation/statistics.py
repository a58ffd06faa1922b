"""What is in a set of pictures and masks, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.labelled.faults import count_kinds
from training.labelled.splitting import near_duplicates
from training.segmentation.dataset import MaskDataset, MaskedImage


@dataclass(frozen=True)
class SetFigures:
    """What is in a set, or in a part of it.

    Attributes:
        pictures: pictures that can be used.
        masks: how the masks say which class a pixel has.
        sizes: pictures of each size, as ``480x360``, most frequent first.
        pixel_share: of each class, its share of all pixels that have a class, 0..1.
        picture_share: of each class, the share of pictures in which it is to be seen, 0..1.
        ignored_share: of all pixels, the share that has no class, 0..1.
        ignored: names that are no class.
        near_duplicates: groups of pictures that hardly differ, by file name.
        faults: number of faults by kind.
    """

    pictures: int
    masks: str
    sizes: dict[str, int]
    pixel_share: dict[str, float]
    picture_share: dict[str, float]
    ignored_share: float
    ignored: tuple[str, ...]
    near_duplicates: list[list[str]]
    faults: dict[str, int]


def set_figures(dataset: MaskDataset) -> SetFigures:
    """Counts a set.

    Raises:
        LabelError: OpenCV cannot read a picture.
    """
    pixels = pixel_counts(dataset.images)
    total = sum(image.width * image.height for image in dataset.images)
    sizes = Counter(f"{image.width}x{image.height}" for image in dataset.images)
    return SetFigures(
        pictures=len(dataset),
        masks=str(dataset.coding.kind),
        sizes=dict(sizes.most_common()),
        pixel_share=_by_label(dataset, pixels.sum(axis=0) / pixels.sum()),
        picture_share=_by_label(dataset, (pixels > 0).mean(axis=0)),
        ignored_share=1 - float(pixels.sum()) / total,
        ignored=dataset.ignored,
        near_duplicates=near_duplicates([image.path for image in dataset.images]),
        faults=count_kinds(dataset.faults),
    )


def pixel_counts(images: Sequence[MaskedImage]) -> npt.NDArray[np.int64]:
    """(N, C): how many pixels of each class there are in each of N pictures, at least one."""
    return np.array([image.pixels for image in images], np.int64)


def _by_label(dataset: MaskDataset, values: npt.NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(dataset.labels, values.tolist(), strict=True))
