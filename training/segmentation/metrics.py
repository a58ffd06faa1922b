"""How well class maps agree with masks: a confusion matrix, and what follows from it.

The measures of M. Everingham et al., "The PASCAL Visual Object Classes Challenge" (2015), section
4.2, over all pixels of a set together; pixels that are ignored in the mask are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vision.class_map import IGNORED, ClassMap


@dataclass
class Confusion:
    """Pixels by what they are and what they were taken for.

    Attributes:
        labels: names of the classes.
        pixels: int64 (C, C); row: the class in the mask, column: the class answered.
    """

    labels: tuple[str, ...]
    pixels: npt.NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.pixels = np.zeros((len(self.labels), len(self.labels)), np.int64)

    def add(self, mask: ClassMap, answer: ClassMap) -> npt.NDArray[np.int64]:
        """Counts a picture.

        Args:
            mask: uint8 (H, W): class ids, or :data:`vision.class_map.IGNORED`.
            answer: uint8 (H, W): class ids.

        Returns:
            The picture's own counts, int64 (C, C).

        Raises:
            ValueError: the two are not of one shape, or hold ids that are no class.
        """
        if mask.shape != answer.shape:
            raise ValueError(f"expected an answer of shape {mask.shape}, got {answer.shape}")
        count = len(self.labels)
        known = mask != IGNORED
        pairs = mask[known].astype(np.int64) * count + answer[known]
        if pairs.size and (answer[known].max() >= count or mask[known].max() >= count):
            raise ValueError(
                f"expected class ids below {count}, got {int(mask[known].max())} in the mask and "
                f"{int(answer[known].max())} in the answer"
            )
        counted = np.bincount(pairs, minlength=count * count).reshape(count, count)
        self.pixels += counted
        return counted

    @property
    def iou(self) -> npt.NDArray[np.float64]:
        """Intersection over union of each class, 0..1; NaN for one that is in no mask."""
        return iou_by_class(self.pixels)

    @property
    def mean_iou(self) -> float:
        """The mean over the classes that are in a mask, 0..1; NaN if there is none."""
        return mean_iou(self.pixels)

    @property
    def accuracy(self) -> float:
        """Share of pixels with the right class, 0..1; NaN if there are no pixels."""
        total = self.pixels.sum()
        return float(np.trace(self.pixels) / total) if total else float("nan")


def iou_by_class(pixels: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Intersection over union of each class, float64 (C,), from a confusion matrix (C, C)."""
    shared = np.diag(pixels).astype(np.float64)
    union = pixels.sum(0) + pixels.sum(1) - shared
    present = pixels.sum(1) > 0
    return np.where(present, shared / np.maximum(union, 1), np.nan)


def mean_iou(pixels: npt.NDArray[np.int64]) -> float:
    """The mean of :func:`iou_by_class`; NaN if no class is present."""
    values = iou_by_class(pixels)
    return float(np.nanmean(values)) if not np.isnan(values).all() else float("nan")
