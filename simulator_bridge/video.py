"""From a recorded drive to a film with the instruments, and what the network made of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np

from client import ServiceError, SteeringClient
from simulator_bridge.errors import VideoError
from simulator_bridge.film import Pixels, open_film
from simulator_bridge.instruments import MIN_WIDTH, PANEL_HEIGHT, Reading, panel
from simulator_bridge.recording import DrivenFrame, frames_per_second, read_recording
from simulator_bridge.settings import VideoSettings

DEFAULT_FPS = 15.0
"""Frames per second where the recording does not tell; training mode's nominal rate."""

DEFAULT_NAME = "drive.mp4"

OnProgress = Callable[[int, int], None]
"""Called with the frames that are done and all of them."""


def make_video(settings: VideoSettings, on_progress: OnProgress | None = None) -> Path:
    """Makes the film.

    Args:
        settings: what to make it of, and how.
        on_progress: called after each frame.

    Returns:
        The film's file.

    Raises:
        RecordingError: the recording cannot be read.
        VideoError: the film cannot be written, or the steering service does not answer.
    """
    frames = read_recording(settings.recording)[: settings.max_frames]
    fps = settings.fps or frames_per_second(frames) or DEFAULT_FPS
    path = settings.output or settings.recording / DEFAULT_NAME
    width, height = _picture_size(frames, settings.scale)
    with ExitStack() as stack:
        service: SteeringClient | None = None
        if settings.predict or settings.heat_map:
            service = stack.enter_context(SteeringClient(settings.steering_address))
        film = stack.enter_context(open_film(path, width, height + PANEL_HEIGHT, fps))
        for index, frame in enumerate(frames):
            picture, predicted = _look(frame, service, settings.heat_map)
            scaled = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
            reading = Reading(frame, predicted, _time_s(frames, index, fps))
            film.add(np.vstack([np.asarray(scaled, np.uint8), panel(reading, width)]))
            if on_progress is not None:
                on_progress(index + 1, len(frames))
    return path


def _look(
    frame: DrivenFrame, service: SteeringClient | None, heat_map: bool
) -> tuple[Pixels, float | None]:
    """The picture to show, and the predicted steering if a service is asked."""
    jpeg = frame.image.read_bytes()
    if service is None:
        return _decode(jpeg, frame.image), None
    try:
        if heat_map:
            explanation = service.explain(jpeg)
            return _decode(explanation.overlay_jpeg, frame.image), explanation.steering
        return _decode(jpeg, frame.image), service.predict(jpeg).steering
    except ServiceError as error:
        raise VideoError(
            f"the steering service does not answer ({error}); start it: roadsight serve steering"
        ) from error


def _decode(jpeg: bytes, path: Path) -> Pixels:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if picture is None:
        raise VideoError(f"{path} is not a picture")
    return np.asarray(picture, np.uint8)


def _picture_size(frames: list[DrivenFrame], scale: int) -> tuple[int, int]:
    """Width and height of the film's pictures: even, as encoders want them, and not too narrow."""
    height, width = _decode(frames[0].image.read_bytes(), frames[0].image).shape[:2]
    factor = max(float(scale), MIN_WIDTH / width)
    return round(width * factor) // 2 * 2, round(height * factor) // 2 * 2


def _time_s(frames: list[DrivenFrame], index: int, fps: float) -> float:
    first, taken = frames[0].taken_at, frames[index].taken_at
    if first is None or taken is None:
        return index / fps
    return max((taken - first).total_seconds(), 0.0)
