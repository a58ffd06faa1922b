"""A YOLOX model file as its authors export it: a raw head, whose grid is decoded outside.

Z. Ge et al., "YOLOX: Exceeding YOLO Series in 2021": one anchor-free answer for each cell of three
grids, with the centre relative to the cell and the logarithm of the size, both in cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.raw_onnx import one_thread_session
from vision.detections import Detections, in_picture, select_detections
from vision.preprocessing import PAD_VALUE, Placement, UInt8Image

STRIDES = (8, 16, 32)
COCO_IDS = {
    "person": 0, "bicycle": 1, "car": 2, "motorcycle": 3, "bus": 5, "train": 6, "truck": 7,
}  # fmt: skip
"""Columns of the classes of a road among the 80 of a file that was trained on COCO."""

NMS_IOU = 0.65
"""With which YOLOX is evaluated by its authors."""

_BOX_FIELDS = 5
"""Centre, size and objectness, before the classes."""
_COCO_CLASSES = 80

Array = npt.NDArray[np.float32]


class YoloxDetector:
    """Finds boxes with a COCO-trained YOLOX file, on one thread of the CPU.

    Args:
        path: the file; its input is float32 (1, 3, S, S), BGR, 0..255, its output (1, A, 85).
        labels: names of the classes, by class id; those that COCO has not are never found.

    Attributes:
        size: width and height of its input in pixels.

    Raises:
        ValueError: the file's input or output has another shape.
    """

    def __init__(self, path: Path, labels: Sequence[str]) -> None:
        self._columns = [COCO_IDS.get(label) for label in labels]
        self._session = one_thread_session(path)
        inputs = [(entry.name, entry.shape) for entry in self._session.get_inputs()]
        outputs = [entry.shape for entry in self._session.get_outputs()]
        self._input, shape = inputs[0]
        self.size = size = shape[-1] if isinstance(shape[-1], int) else 0
        answers = sum((size // stride) ** 2 for stride in STRIDES)
        expected = [1, 3, size, size], [[1, answers, _BOX_FIELDS + _COCO_CLASSES]]
        if not size or (shape, outputs) != expected:
            raise ValueError(
                f"{path}: expected an input of (1, 3, S, S) and an output of (1, A, 85), A answers "
                f"for strides {STRIDES}, got {shape} and {outputs}"
            )
        self._grid, self._strides = make_grid(size)

    def detect(self, image: UInt8Image, score_threshold: float, max_detections: int) -> Detections:
        """Boxes in pixels of the picture (uint8 (H, W, 3), BGR), best first."""
        pixels, placement = fit_to_corner(image, self.size)
        raw = self.infer(pixels)
        found = select_detections(
            decode(raw, self._grid, self._strides),
            self._scores(raw),
            score_threshold=score_threshold,
            iou_threshold=NMS_IOU,
            max_detections=max_detections,
        )
        return in_picture(found, placement, image.shape[1], image.shape[0])

    def _scores(self, raw: Array) -> Array:
        """Objectness times class score, float32 (A, C), a column for each of our classes."""
        scores = np.zeros((len(raw), len(self._columns)), np.float32)
        for class_id, column in enumerate(self._columns):
            if column is not None:
                scores[:, class_id] = raw[:, 4] * raw[:, _BOX_FIELDS + column]
        return scores

    def infer(self, pixels: UInt8Image) -> Array:
        """The raw answers, float32 (A, 85), for an input, uint8 (S, S, 3), BGR."""
        planes = pixels.transpose(2, 0, 1)[None].astype(np.float32)
        return np.asarray(self._session.run(None, {self._input: planes})[0][0], np.float32)


def fit_to_corner(image: UInt8Image, size: int) -> tuple[UInt8Image, Placement]:
    """Scales a picture to fit a square, keeping its aspect, in the upper left corner of grey.

    Args:
        image: uint8 (H, W, 3).
        size: of the square, in pixels.

    Returns:
        uint8 (size, size, 3), and where the picture lies in it.
    """
    height, width = image.shape[:2]
    scale = min(size / height, size / width)
    inner = max(1, int(width * scale)), max(1, int(height * scale))
    canvas = np.full((size, size, 3), PAD_VALUE, np.uint8)
    canvas[: inner[1], : inner[0]] = cv2.resize(image, inner, interpolation=cv2.INTER_LINEAR)
    return canvas, Placement(scale, 0, 0)


def make_grid(size: int) -> tuple[Array, Array]:
    """Column and row of the cell of each answer, (A, 2), and its stride in pixels, (A, 1).

    Finest grid first, each by rows.
    """
    cells, strides = [], []
    for stride in STRIDES:
        side = size // stride
        rows, columns = np.divmod(np.arange(side * side), side)
        cells.append(np.stack([columns, rows], axis=1))
        strides.append(np.full((side * side, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)


def decode(raw: Array, grid: Array, strides: Array) -> Array:
    """Boxes in pixels of the input, float32 (A, 4): x_min, y_min, x_max, y_max.

    Args:
        raw: float32 (A, 4 or more), as the network answers.
        grid: of :func:`make_grid`.
        strides: of :func:`make_grid`.
    """
    centres = (raw[:, :2] + grid) * strides
    halves = np.exp(raw[:, 2:4]) * strides / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)
