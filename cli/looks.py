"""Looks at pictures and videos through a service, and writes annotated copies of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Generic, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from cli.errors import CommandError
from cli.pictures import VIDEOS
from cli.progress import Report
from client import InvalidRequest
from protos.limits import MAX_IMAGE_BYTES
from simulator_bridge.errors import VideoError
from simulator_bridge.film import Film, open_film

_DEFAULT_FPS = 25.0
"""Frames a second of a video that does not tell."""

Pixels = npt.NDArray[np.uint8]
"""uint8, (H, W, 3), BGR."""

Annotate = Callable[[Pixels], Pixels]
"""Draws an answer into a copy of its picture."""

ResultT = TypeVar("ResultT")


def written_name(path: Path) -> str:
    """What the annotated copy of a file is called."""
    return f"{path.stem}.mp4" if path.suffix.lower() in VIDEOS else path.name


class Looks(ABC, Generic[ResultT]):
    """Asks a service about files. Each service has a subclass.

    Args:
        output: folder for the annotated files.
    """

    def __init__(self, output: Path) -> None:
        self.output = output

    @abstractmethod
    def ask(
        self, picture: bytes | Pixels, file: str, frame: int | None, frame_id: str
    ) -> tuple[ResultT, Annotate]:
        """What the service says of a picture or a frame of a video, and what draws it.

        Args:
            picture: what is sent.
            file: where it is from.
            frame: its number in its video, from 0; None for a picture.
            frame_id: what it is called when it is sent.

        Raises:
            ServiceError: the service does not answer, or refuses the picture.
        """

    @abstractmethod
    def failed(self, file: str, frame: int | None, error: str) -> ResultT:
        """A result that says why there is no answer."""

    def at(self, path: Path, report: Report) -> Iterator[ResultT]:
        """What came of a picture, or of each frame of a video; the annotated copy is written.

        A file that cannot be read is a result with an error.

        Args:
            path: the file.
            report: told how far it is.

        Raises:
            ServiceError: the service does not answer.
            CommandError: the copy cannot be written.
        """
        if path.suffix.lower() in VIDEOS:
            yield from self._at_video(path, report)
        else:
            yield self._at_picture(path)
            report(1.0, "")

    def _at_picture(self, path: Path) -> ResultT:
        try:
            data = path.read_bytes()
        except OSError as error:
            return self.failed(str(path), None, f"cannot be read ({error.strerror})")
        image = _decoded(data)
        if len(data) > MAX_IMAGE_BYTES and image is not None:
            data = _as_jpeg(image)
        if len(data) > MAX_IMAGE_BYTES:
            return self.failed(str(path), None, f"larger than {MAX_IMAGE_BYTES} bytes")
        try:
            result, annotate = self.ask(data, str(path), None, path.name[:256])
        except InvalidRequest as error:
            return self.failed(str(path), None, str(error))
        if image is None:
            return self.failed(str(path), None, "cannot be drawn into")
        write_picture(self.output / written_name(path), annotate(image))
        return result

    def _at_video(self, path: Path, report: Report) -> Iterator[ResultT]:
        capture = cv2.VideoCapture(str(path))
        fps = capture.get(cv2.CAP_PROP_FPS)
        count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        number = 0
        try:
            with ExitStack() as stack:
                film: Film | None = None
                while True:
                    read, frame = capture.read()
                    if not read:
                        break
                    pixels = np.asarray(frame, np.uint8)
                    name = f"{path.name} {number}"[:256]
                    result, annotate = self.ask(_sendable(pixels), str(path), number, name)
                    # Encoders want even sides.
                    drawn = annotate(pixels)
                    drawn = drawn[: drawn.shape[0] // 2 * 2, : drawn.shape[1] // 2 * 2]
                    if film is None:
                        target = self.output / written_name(path)
                        size = drawn.shape[1], drawn.shape[0]
                        film = stack.enter_context(open_film(target, *size, fps or _DEFAULT_FPS))
                    film.add(np.ascontiguousarray(drawn))
                    number += 1
                    report(min(1.0, number / max(count, number)), f"frame {number} of {count}")
                    yield result
        except VideoError as error:
            raise CommandError(str(error)) from error
        except InvalidRequest as error:
            yield self.failed(str(path), number, str(error))
            return
        finally:
            capture.release()
        if not number:
            yield self.failed(str(path), None, "no frame of this video can be read")


def write_picture(path: Path, image: Pixels) -> None:
    """Writes a picture in the format that its name says.

    Raises:
        CommandError: it cannot be written.
    """
    if not cv2.imwrite(str(path), image):
        raise CommandError(f"{path}: cannot be written")


def _sendable(frame: Pixels) -> bytes | Pixels:
    """The frame as it is, or as a JPEG if it is larger than a service takes."""
    if frame.nbytes <= MAX_IMAGE_BYTES:
        return frame
    return _as_jpeg(frame)


def _as_jpeg(image: Pixels) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def _decoded(data: bytes) -> Pixels | None:
    """The pixels of a picture file, or None if it is none."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    return None if image is None else np.asarray(image, np.uint8)
