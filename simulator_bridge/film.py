"""Writes pictures into an MP4 file, as H.264 where an encoder for it is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from simulator_bridge.errors import VideoError

Pixels = npt.NDArray[np.uint8]
"""uint8, (height, width, 3), BGR."""


class Film(Protocol):
    """A film that is being written."""

    def add(self, picture: Pixels) -> None:
        """Appends a picture of the film's size."""


@contextmanager
def open_film(path: Path, width: int, height: int, fps: float) -> Iterator[Film]:
    """A film to add pictures to; complete when the context is left.

    H.264 if imageio-ffmpeg is installed (every browser and player shows it), else MPEG-4 part 2 by
    OpenCV.

    Args:
        path: the file, replaced if it exists; its folder is made.
        width: of every picture in pixels, even.
        height: of every picture in pixels, even.
        fps: pictures per second.

    Raises:
        VideoError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        film = _open(path, width, height, fps)
    except OSError as error:
        raise VideoError(f"cannot write {path}: {error}") from error
    try:
        yield film
    finally:
        film.close()


def _open(path: Path, width: int, height: int, fps: float) -> _H264Film | _OpenCvFilm:
    try:
        return _H264Film(path, width, height, fps)
    except ImportError:
        return _OpenCvFilm(path, width, height, fps)


class _H264Film:
    def __init__(self, path: Path, width: int, height: int, fps: float) -> None:
        import imageio_ffmpeg

        self._path = path
        self._frames = imageio_ffmpeg.write_frames(
            str(path),
            (width, height),
            pix_fmt_in="bgr24",
            fps=fps,
            quality=7,
            macro_block_size=2,
            ffmpeg_log_level="error",
        )
        self._frames.send(None)

    def add(self, picture: Pixels) -> None:
        try:
            self._frames.send(np.ascontiguousarray(picture))
        except OSError as error:
            raise VideoError(f"cannot write {self._path}: {error}") from error

    def close(self) -> None:
        self._frames.close()


class _OpenCvFilm:
    def __init__(self, path: Path, width: int, height: int, fps: float) -> None:
        code = cv2.VideoWriter.fourcc(*"mp4v")
        self._writer = cv2.VideoWriter(str(path), code, fps, (width, height))
        if not self._writer.isOpened():
            raise VideoError(f"cannot write {path}: OpenCV found no way to encode it")

    def add(self, picture: Pixels) -> None:
        self._writer.write(picture)

    def close(self) -> None:
        self._writer.release()
