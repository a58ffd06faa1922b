"""A set of pictures with labelled boxes, whatever format it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from training.labelled.faults import Fault

Boxes = npt.NDArray[np.float32]
ClassIds = npt.NDArray[np.int64]

IGNORED = -1
"""Class id of a region in which nothing is known: neither an object nor background."""


@dataclass(frozen=True)
class LabelledImage:
    """One picture and its boxes.

    Attributes:
        path: the picture's file.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        boxes: float32 (N, 4): x_min, y_min, x_max, y_max in pixels of the picture,
            0 <= x_min < x_max <= width, 0 <= y_min < y_max <= height.
        class_ids: int64 (N,): the index of each box's class in the labels of the set, or
            :data:`IGNORED` for a region that is not taught and in which no detection is judged.
    """

    path: Path
    width: int
    height: int
    boxes: Boxes
    class_ids: ClassIds

    def __post_init__(self) -> None:
        if self.boxes.shape != (len(self.class_ids), 4) or self.class_ids.ndim != 1:
            raise ValueError(
                f"{self.path}: expected boxes of shape (N, 4) and class_ids of shape (N,), "
                f"got {self.boxes.shape} and {self.class_ids.shape}"
            )

    @property
    def ignored(self) -> npt.NDArray[np.bool_]:
        """bool (N,): which boxes are ignored regions and no objects."""
        return np.asarray(self.class_ids == IGNORED, np.bool_)

    @property
    def objects(self) -> Self:
        """The same picture with the boxes of its objects only, without ignored regions."""
        kept = ~self.ignored
        return replace(self, boxes=self.boxes[kept], class_ids=self.class_ids[kept])


@dataclass(frozen=True)
class BoxDataset:
    """Pictures with boxes.

    Attributes:
        name: what reports call the set.
        labels: names of the classes, by class id.
        images: the pictures, in the order of their paths.
        faults: what was wrong in the files. A picture with a fault that was not repaired is not in
            ``images``.
        unlabelled: ids of classes that the set does not label, though their objects may be seen in
            it: nothing is taught of them there, and no detection of them is judged.
    """

    name: str
    labels: tuple[str, ...]
    images: tuple[LabelledImage, ...]
    faults: tuple[Fault, ...] = field(default=())
    unlabelled: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.images)

    @property
    def labelled(self) -> tuple[int, ...]:
        """Ids of the classes that the set labels: those by which a detector can be judged on it."""
        return tuple(
            class_id for class_id in range(len(self.labels)) if class_id not in self.unlabelled
        )

    def select(self, rows: list[int]) -> Self:
        """The same set with the pictures of these indices only, in this order."""
        return replace(self, images=tuple(self.images[row] for row in rows))
