"""Writes the frames of a drive as an MP4 file."""

from __future__ import annotations

from pathlib import Path

import cv2

from practice_simulator.bonnet import HEIGHT, WIDTH, Pixels

FRAMES_PER_SECOND = 12.5
"""One frame for each telemetry of the fast clock."""


class Video:
    """Takes pictures as they come and keeps 12.5 for each simulated second.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        code = cv2.VideoWriter.fourcc(*"mp4v")
        self._writer = cv2.VideoWriter(str(path), code, FRAMES_PER_SECOND, (WIDTH, HEIGHT))
        if not self._writer.isOpened():
            raise OSError(f"cannot write a video to {path}")
        self._due_s = 0.0

    def add(self, picture: Pixels, time_s: float) -> None:
        """Add a BGR picture of the moment `time_s` if a frame is due."""
        if time_s + 1e-9 >= self._due_s:
            self._writer.write(picture)
            self._due_s = max(self._due_s, time_s) + 1.0 / FRAMES_PER_SECOND

    def close(self) -> None:
        """Finish the file."""
        self._writer.release()
