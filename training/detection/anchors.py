"""The boxes that the region proposal network starts from.

S. Ren et al., "Faster R-CNN: Towards Real-Time Object Detection with Region Proposal Networks"
(2015), section 3.1.1: at every cell of a feature map boxes of some sizes and ratios, all around the
cell's middle. With a feature pyramid every level has its own sizes (T.-Y. Lin et al., "Feature
Pyramid Networks for Object Detection", 2017, section 4.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Boxes = npt.NDArray[np.float32]


@dataclass(frozen=True)
class AnchorLevel:
    """The anchors of one feature map.

    Attributes:
        stride: pixels of the input that a cell of the map covers.
        sizes: square roots of the anchors' areas, in pixels of the input.
        ratios: heights divided by widths.
    """

    stride: int
    sizes: tuple[float, ...]
    ratios: tuple[float, ...]

    @property
    def shapes(self) -> Boxes:
        """Width and height of the anchors of a cell: float32 (sizes * ratios, 2)."""
        return np.array(
            [
                (size / ratio**0.5, size * ratio**0.5)
                for size in self.sizes
                for ratio in self.ratios
            ],
            np.float32,
        )

    def count(self, input_size: int) -> int:
        """Anchors of the whole map, for an input of this width and height in pixels."""
        return (input_size // self.stride) ** 2 * len(self.shapes)

    def boxes(self, input_size: int) -> Boxes:
        """All anchors of the map, cell by cell, row by row.

        Args:
            input_size: width and height of the input in pixels, a multiple of the stride.

        Returns:
            float32 (count, 4): x_min, y_min, x_max, y_max in pixels of the input; those at the
            rim reach beyond it.
        """
        cells = (np.arange(input_size // self.stride, dtype=np.float32) + 0.5) * self.stride
        y, x = np.meshgrid(cells, cells, indexing="ij")
        centres = np.stack([x, y], axis=-1)[:, :, None]
        halves = self.shapes / 2
        boxes = np.concatenate([centres - halves, centres + halves], axis=-1)
        return boxes.reshape(-1, 4).astype(np.float32)


def all_anchors(levels: Sequence[AnchorLevel], input_size: int) -> Boxes:
    """The anchors of all levels, in their order: float32 (A, 4)."""
    return np.concatenate([level.boxes(input_size) for level in levels])
