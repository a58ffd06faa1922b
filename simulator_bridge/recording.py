"""Reads a recorded drive, one of the bridge's or one of the simulator's training mode."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from simulator_bridge.errors import RecordingError
from simulator_bridge.recorder import IMAGE_FOLDER, LOG_NAME, TIME_FORMAT
from simulator_bridge.telemetry import read_number

_PICTURES = 3
_COLUMNS = 7
_COMMA_COLUMNS = 11
"""Columns where the four numbers have decimal commas, which split each in two."""

_TIME = re.compile(r"(\d{4}(?:_\d{2}){5}_\d{3})\.jpe?g$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DrivenFrame:
    """One row of a recording.

    Attributes:
        image: the centre camera's picture.
        steering: normalised angle, -1..1, positive to the right.
        throttle: 0..1.
        brake: 0..1.
        speed_mph: the car's speed in mph.
        taken_at: when, as the picture's name says; ``None`` if it does not.
    """

    image: Path
    steering: float
    throttle: float
    brake: float
    speed_mph: float
    taken_at: datetime | None


def read_recording(folder: Path) -> list[DrivenFrame]:
    """The rows of a recording whose picture is there, in the order of the file.

    Raises:
        RecordingError: no log, or not one usable row.
    """
    path = folder / LOG_NAME
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            frames = [_read_row(row, folder) for row in csv.reader(file)]
    except OSError as error:
        raise RecordingError(
            f"{folder} is no recording: cannot read {path}: {error.strerror}"
        ) from error
    usable = [frame for frame in frames if frame is not None]
    if not usable:
        raise RecordingError(
            f"{path}: none of its {len(frames)} rows has a picture in {folder / IMAGE_FOLDER} and "
            "steering, throttle, brake and speed as numbers"
        )
    return usable


def frames_per_second(frames: list[DrivenFrame]) -> float | None:
    """How fast the frames were taken, by the median of the times between them, 1..60 per second.

    ``None`` if the names of the pictures do not tell.
    """
    times = [frame.taken_at for frame in frames if frame.taken_at is not None]
    steps = sorted(
        (later - earlier).total_seconds() for earlier, later in pairwise(times) if later > earlier
    )
    return min(max(1.0 / steps[len(steps) // 2], 1.0), 60.0) if steps else None


def _read_row(row: list[str], folder: Path) -> DrivenFrame | None:
    cells = [cell.strip() for cell in row]
    if len(cells) == _COMMA_COLUMNS:
        parts = cells[_PICTURES:]
        numbers = [f"{parts[i]}.{parts[i + 1]}" for i in range(0, len(parts), 2)]
        cells = cells[:_PICTURES] + numbers
    if len(cells) < _COLUMNS:
        return None
    values = [read_number(cell) for cell in cells[_PICTURES:_COLUMNS]]
    # The path may be of the recording machine, Windows' or not: only the name counts.
    name = re.split(r"[\\/]", cells[0])[-1]
    image = folder / IMAGE_FOLDER / name
    steering, throttle, brake, speed_mph = values
    if steering is None or throttle is None or brake is None or speed_mph is None:
        return None
    if not name or not image.is_file():
        return None
    return DrivenFrame(image, steering, throttle, brake, speed_mph, _time_of(name))


def _time_of(name: str) -> datetime | None:
    found = _TIME.search(name)
    try:
        return datetime.strptime(found[1] + "000", TIME_FORMAT) if found else None
    except ValueError:
        return None
