"""Writes the frames of a drive as an MP4 file (H.264, which every browser and player shows)."""

from __future__ import annotations

from pathlib import Path

import imageio_ffmpeg
import numpy as np

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
        # ffmpeg would say only later, and less clearly, that it cannot write there.
        path.open("wb").close()
        self._frames = imageio_ffmpeg.write_frames(
            str(path),
            (WIDTH, HEIGHT),
            pix_fmt_in="bgr24",
            fps=FRAMES_PER_SECOND,
            codec="libx264",
            macro_block_size=2,
            # The drive must not wait for the film: the quickest setting, for a larger file.
            output_params=["-preset", "ultrafast"],
            ffmpeg_log_level="error",
        )
        self._frames.send(None)
        self._due_s = 0.0

    def add(self, picture: Pixels, time_s: float) -> None:
        """Add a BGR picture of the moment `time_s` if a frame is due."""
        if time_s + 1e-9 >= self._due_s:
            self._frames.send(np.ascontiguousarray(picture))
            self._due_s = max(self._due_s, time_s) + 1.0 / FRAMES_PER_SECOND

    def close(self) -> None:
        """Finish the file."""
        self._frames.close()
