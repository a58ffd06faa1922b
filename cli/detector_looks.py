"""Asks a service that finds boxes, and draws the boxes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from cli.detection_output import DetectionResult
from cli.looks import Annotate, Looks, Pixels
from client import Choice, Detections
from client.sync_detector import DetectorClient
from vision.drawing import COLOURS, draw_boxes

AnswerT = TypeVar("AnswerT", bound=Detections)


def no_crops(reply: Detections, name: str) -> tuple[str, ...]:  # noqa: ARG001
    """What is written of the crops by a service that has none."""
    return ()


class DetectorLooks(Looks[DetectionResult], Generic[AnswerT]):
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
        super().__init__(output)
        self._client = client
        self._choice = choice
        self._write_crops = write_crops

    def ask(
        self, picture: bytes | Pixels, file: str, frame: int | None, frame_id: str
    ) -> tuple[DetectionResult, Annotate]:
        """As :meth:`Looks.ask`; the crops are written."""
        start = time.perf_counter()
        reply = self._client.detect(picture, frame_id, self._choice)
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
        return result, lambda image: _annotated(image, reply)

    def failed(self, file: str, frame: int | None, error: str) -> DetectionResult:
        """As :meth:`Looks.failed`."""
        return DetectionResult(file, frame=frame, error=error)


def _annotated(image: Pixels, reply: Detections) -> Pixels:
    found = reply.detections
    return draw_boxes(
        image,
        np.array([(d.x_min, d.y_min, d.x_max, d.y_max) for d in found], np.float32).reshape(-1, 4),
        [f"{d.label} {d.score:.0%}" for d in found],
        [COLOURS[d.class_id % len(COLOURS)] for d in found],
    )
