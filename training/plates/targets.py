"""What the network should answer for labelled boxes: which anchors have to find which box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.boxes.dataset import IGNORED
from training.plates.decoding import Grid, make_grid
from training.plates.network import STRIDES, Anchors

TARGET_FIELDS = 6
"""Numbers of a target beside its classes: the box (4), positive, counts as negative."""

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class TargetMaker:
    """Makes targets for one network and input size.

    A box is given to the best anchor of its cell, judged by the overlap of their shapes, and to
    every other anchor there whose overlap is at least ``match_iou`` (``iou_thresh`` in a cfg).

    Attributes:
        anchors: the network's.
        classes: number of classes.
        size: width and height of the input in pixels.
        match_iou: lowest shape overlap for a further anchor, 0..1.
        max_truths: boxes a picture may have; further ones are left out of the ignore rule only.
    """

    anchors: Anchors
    classes: int
    size: int
    match_iou: float = 0.213
    max_truths: int = 64

    @property
    def grid(self) -> Grid:
        """The anchors in the order of the targets."""
        return make_grid(self.anchors, self.size)

    def make(self, boxes: Array, class_ids: npt.NDArray[np.int64]) -> Array:
        """The target of one picture.

        Args:
            boxes: float32 (N, 4): x_min, y_min, x_max, y_max in pixels of the input.
            class_ids: int64 (N,); :data:`IGNORED` for a region in which nothing is known: no
                anchor there is taught to be silent.

        Returns:
            float32 (A + max_truths, 6 + classes). The first A rows are one an anchor: its box,
            1 if it has to find that, 1 if it may be taught that there is nothing, the class as 0
            and 1. The other rows hold the picture's boxes, zeros where there are no more.
        """
        grid = self.grid
        count = len(grid.cells)
        target = np.zeros((count + self.max_truths, TARGET_FIELDS + self.classes), np.float32)
        target[:count, 5] = 1
        ignored = class_ids == IGNORED
        centres = (grid.cells + 0.5) * grid.strides
        for x_min, y_min, x_max, y_max in boxes[ignored]:
            inside = (centres > (x_min, y_min)).all(1) & (centres < (x_max, y_max)).all(1)
            target[:count, 5][inside] = 0
        truths, kinds = boxes[~ignored], class_ids[~ignored]
        target[count : count + len(truths), :4] = truths[: self.max_truths]
        # Small boxes last: where two compete for an anchor, the smaller is the harder one to find.
        areas = (truths[:, 2:] - truths[:, :2]).prod(1)
        for row in np.argsort(-areas):
            for index in self._anchors_of(truths[row]):
                target[index, :4] = truths[row]
                target[index, 4] = 1
                target[index, TARGET_FIELDS:] = 0
                target[index, TARGET_FIELDS + kinds[row]] = 1
        return target

    def _anchors_of(self, box: Array) -> list[int]:
        """Indices of the anchors that have to find a box."""
        width, height = box[2:] - box[:2]
        centre = (box[:2] + box[2:]) / 2
        found: list[tuple[float, int]] = []
        first = 0
        for head, stride in enumerate(STRIDES):
            side = self.size // stride
            column, row = np.clip((centre / stride).astype(int), 0, side - 1)
            own = self.anchors.of_head(head)
            for number, (anchor_width, anchor_height) in enumerate(own):
                common = min(width, anchor_width) * min(height, anchor_height)
                union = width * height + anchor_width * anchor_height - common
                cell = int(row) * side + int(column)
                found.append((float(common / union), first + cell * len(own) + number))
            first += side * side * len(own)
        best = max(found)
        return [index for overlap, index in found if overlap >= self.match_iou or index == best[1]]
