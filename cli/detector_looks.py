"""Looks at pictures and videos through a service, and draws the boxes that it found into them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Generic, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from cli.detection_output import DetectionResult
from cli.errors import CommandError
from cli.pictures import VIDEOS
from cli.progress import Report
from client import Choice, Detections, InvalidRequest
from client.sync_detector import DetectorClient
from protos.limits import MAX_IMAGE_BYTES
from simulator_bridge.errors import VideoError
from simulator_bridge.film import Film, open_film
from vision.drawing import COLOURS, draw_boxes

_DEFAULT_FPS = 25.0
"""Frames a second of a video that does not tell."""

Pixels = npt.NDArray[np.uint8]
AnswerT = TypeVar("AnswerT", bound=Detections)


def written_name(path: Path) -> str:
    """What the annotated copy of a file is called."""
    return f"{path.stem}.mp4" if path.suffix.lower() in VIDEOS else path.name


def no_crops(reply: Detections, name: str) -> tuple[str, ...]:  # noqa: ARG001
    """What is written of the crops by a service that has none."""
    return ()


class Looks(Generic[AnswerT]):
    """Asks a service about files.

    Args:
        client: of the service.
        choice: what is wanted of all that is found.
        output: folder for the annotated files.
        write_crops: writes the crops of an answer, under names that begin as given, and returns
            the files' paths in the output's folder.
    """

    def __init__(
        self,
        client: DetectorClient[AnswerT],
        choice: Choice,
        output: Path,
        write_crops: Callable[[AnswerT, str], tuple[str, ...]],
    ) -> None:
        self._client = client
        self._choice = choice
        self._output = output
        self._write_crops = write_crops

    def at(self, path: Path, report: Report) -> Iterator[DetectionResult]:
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

    def _at_picture(self, path: Path) -> DetectionResult:
        try:
            data = path.read_bytes()
        except OSError as error:
            return DetectionResult(str(path), error=f"cannot be read ({error.strerror})")
        image = _decoded(data)
        if len(data) > MAX_IMAGE_BYTES and image is not None:
            data = _as_jpeg(image)
        if len(data) > MAX_IMAGE_BYTES:
            return DetectionResult(str(path), error=f"larger than {MAX_IMAGE_BYTES} bytes")
        try:
            result, reply = self._ask(data, path.name, str(path))
        except InvalidRequest as error:
            return DetectionResult(str(path), error=str(error))
        if image is None:
            return DetectionResult(str(path), error="cannot be drawn into")
        self._write(written_name(path), _annotated(image, reply))
        return result

    def _at_video(self, path: Path, report: Report) -> Iterator[DetectionResult]:
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
                    name = f"{path.name} {number}"
                    result, reply = self._ask(_sendable(pixels), name, str(path), number)
                    # Encoders want even sides.
                    drawn = _annotated(pixels, reply)
                    drawn = drawn[: drawn.shape[0] // 2 * 2, : drawn.shape[1] // 2 * 2]
                    if film is None:
                        target = self._output / written_name(path)
                        size = drawn.shape[1], drawn.shape[0]
                        film = stack.enter_context(open_film(target, *size, fps or _DEFAULT_FPS))
                    film.add(np.ascontiguousarray(drawn))
                    number += 1
                    report(min(1.0, number / max(count, number)), f"frame {number} of {count}")
                    yield result
        except VideoError as error:
            raise CommandError(str(error)) from error
        except InvalidRequest as error:
            yield DetectionResult(str(path), frame=number, error=str(error))
            return
        finally:
            capture.release()
        if not number:
            yield DetectionResult(str(path), error="no frame of this video can be read")

    def _ask(
        self, picture: bytes | Pixels, name: str, file: str, frame: int | None = None
    ) -> tuple[DetectionResult, AnswerT]:
        start = time.perf_counter()
        reply = self._client.detect(picture, name[:256], self._choice)
        total_ms = (time.perf_counter() - start) * 1000
        crop_name = Path(file).name if frame is None else f"{Path(file).name}.{frame}"
        result = DetectionResult(
            file,
            frame=frame,
            width=reply.image_width,
            height=reply.image_height,
            detections=reply.detections,
            crops=self._write_crops(reply, crop_name),
            inference_ms=reply.timing.inference_ms,
            total_ms=total_ms,
        )
        return result, reply

    def _write(self, name: str, image: Pixels) -> None:
        path = self._output / name
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


def _annotated(image: Pixels, reply: Detections) -> Pixels:
    found = reply.detections
    return draw_boxes(
        image,
        np.array([(d.x_min, d.y_min, d.x_max, d.y_max) for d in found], np.float32).reshape(-1, 4),
        [f"{d.label} {d.score:.0%}" for d in found],
        [COLOURS[d.class_id % len(COLOURS)] for d in found],
    )
