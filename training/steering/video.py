"""A replay to look at."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from training.errors import TrainingError
from vision.preprocessing import UInt8Image

_SCALE = 2
_FRAMES_PER_S = 12.0
_HORIZON_SHARE = 0.38


class ReplayVideo:
    """Writes what the simulated car sees, with a bar for its steering.

    Args:
        path: the MP4 to write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: cv2.VideoWriter | None = None

    def add(self, picture: UInt8Image, steering: float) -> None:
        """Adds one frame: uint8 (H, W, 3), BGR, and the steering answered to it, -1..1."""
        view = picture.copy()
        # Above the horizon a view moved over the road's plane shows nothing that could be seen.
        view[: int(view.shape[0] * _HORIZON_SHARE)] = 40
        height, width = view.shape[0] * _SCALE, view.shape[1] * _SCALE
        view = np.asarray(cv2.resize(view, (width, height)), np.uint8)
        middle, row = width // 2, height // 6
        end = middle + round(max(-1.0, min(1.0, steering)) * middle)
        cv2.line(view, (middle, row - 8), (middle, row + 8), (200, 200, 200), 1)
        cv2.line(view, (middle, row), (end, row), (80, 200, 255), 6)
        if self._writer is None:
            codec = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self.path), codec, _FRAMES_PER_S, (width, height))
            if not self._writer.isOpened():
                raise TrainingError(f"{self.path}: this OpenCV cannot write MP4 files")
        self._writer.write(view)

    def close(self) -> None:
        """Finishes the file."""
        if self._writer is not None:
            self._writer.release()
