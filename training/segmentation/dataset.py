"""A set of pictures with a mask each, however the masks say which class a pixel has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from training.errors import TrainingError
from training.labelled.faults import Fault
from training.segmentation.masks import MaskCoding, read_values
from vision.class_map import RGB, ClassMap
from vision.preprocessing import UInt8Image


@dataclass(frozen=True)
class MaskedImage:
    """One picture and its mask.

    Attributes:
        path: the picture's file.
        mask: the mask's file.
        width: of both, in pixels.
        height: of both, in pixels.
        pixels: for each class of the set, how many pixels of the mask have it; the others are
            ignored.
    """

    path: Path
    mask: Path
    width: int
    height: int
    pixels: tuple[int, ...]

    @property
    def ignored(self) -> int:
        """How many pixels have no class."""
        return self.width * self.height - sum(self.pixels)


@dataclass(frozen=True)
class MaskDataset:
    """Pictures with masks.

    Attributes:
        name: what reports call the set.
        labels: names of the classes, by class id; of a set of binary masks ``background`` and the
            name of what is marked.
        palette: a colour for each class, red, green, blue.
        images: the pictures, in the order of their paths.
        coding: what the values of the masks' pixels mean.
        ignored: names that the set has for what is no class of it, as ``Unlabelled``.
        faults: what was wrong in the files. A picture with a fault is not in ``images``.
    """

    name: str
    labels: tuple[str, ...]
    palette: tuple[RGB, ...]
    images: tuple[MaskedImage, ...]
    coding: MaskCoding
    ignored: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.images)

    def select(self, rows: Sequence[int]) -> Self:
        """The same set with the pictures of these indices only, in this order."""
        return replace(self, images=tuple(self.images[row] for row in rows))


@dataclass(frozen=True)
class Sample:
    """A picture in memory with its mask.

    Attributes:
        image: uint8 (H, W, 3), BGR.
        mask: uint8 (H, W): class ids, 255 where ignored.
    """

    image: UInt8Image
    mask: ClassMap


def read_sample(image: MaskedImage, dataset: MaskDataset) -> Sample:
    """A picture of a set and its mask, with their pixels.

    Raises:
        TrainingError: one of the files can no longer be read, or they are no longer of one size.
    """
    pixels = cv2.imread(str(image.path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise TrainingError(f"{image.path}: expected a picture that OpenCV can read")
    mask = dataset.coding.decode(read_values(image.mask, dataset.coding.kind))
    if mask.shape != pixels.shape[:2]:
        raise TrainingError(
            f"{image.mask}: expected a mask of {pixels.shape[1]}x{pixels.shape[0]} pixels as "
            f"{image.path.name} has, got {mask.shape[1]}x{mask.shape[0]}"
        )
    return Sample(np.asarray(pixels, np.uint8), mask)
