"""Writes pictures into an MP4 file, as H.264 where an encoder for it is there."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    """A film to add pictures to; complete when the context is left, gone if that is by
    an exception.

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
    except BaseException:
        film.abandon()
        with suppress(OSError):
            path.unlink()
        raise
    film.finish()


def _open(path: Path, width: int, height: int, fps: float) -> _H264Film | _OpenCvFilm:
    try:
        import imageio_ffmpeg

        return _H264Film(imageio_ffmpeg.get_ffmpeg_exe(), path, width, height, fps)
    except (ImportError, RuntimeError):  # not installed, or without a program for this platform
        return _OpenCvFilm(path, width, height, fps)


class _H264Film:
    """Pipes the pictures into ffmpeg.

    Not through imageio-ffmpeg's own writer: it forks with Python code to run in the child, which
    gRPC's threads in this process do not survive.
    """

    def __init__(self, program: str, path: Path, width: int, height: int, fps: float) -> None:
        self._path = path
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the film)
        pixels = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", f"{fps}"]
        coding = ["-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        self._process = subprocess.Popen(
            [program, "-y", "-v", "error", *pixels, "-i", "-", *coding, f"file:{path}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
        )

    def add(self, picture: Pixels) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(picture).data)
        except OSError as error:
            raise VideoError(f"cannot write {self._path}: {self._complaint()}") from error

    def finish(self) -> None:
        self._process.communicate()
        complaint = self._complaint()
        self._errors.close()
        if self._process.returncode != 0:
            raise VideoError(f"cannot write {self._path}: {complaint}")

    def abandon(self) -> None:
        self._process.kill()
        with suppress(OSError):
            self._process.communicate()
        self._errors.close()

    def _complaint(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").splitlines()
        return lines[-1] if lines else "ffmpeg ended"


class _OpenCvFilm:
    def __init__(self, path: Path, width: int, height: int, fps: float) -> None:
        code = cv2.VideoWriter.fourcc(*"mp4v")
        self._writer = cv2.VideoWriter(str(path), code, fps, (width, height))
        if not self._writer.isOpened():
            raise VideoError(f"cannot write {path}: OpenCV found no way to encode it")

    def add(self, picture: Pixels) -> None:
        self._writer.write(picture)

    def finish(self) -> None:
        self._writer.release()

    def abandon(self) -> None:
        self._writer.release()
