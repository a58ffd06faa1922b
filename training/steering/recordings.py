"""Reads recordings of the Udacity simulator: ``driving_log.csv`` beside a folder of pictures."""

from __future__ import annotations

import csv
import datetime
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.errors import RecordingError
from training.steering.log_rows import Columns, LogRow, find_columns, parse_row

LOG_NAME = "driving_log.csv"
CAMERAS = ("center", "left", "right")
PAUSE_S = 1.0
"""A longer step between two frames, or one back in time, is a pause."""
_NOMINAL_STEP_S = 1 / 15
_STAMP = re.compile(r"(\d{4})_(\d\d)_(\d\d)_(\d\d)_(\d\d)_(\d\d)_(\d{3})")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class DroppedRow:
    """A row of the log that is not used.

    Attributes:
        line: its line number in the file, from 1.
        reason: why it was dropped.
    """

    line: int
    reason: str


@dataclass(frozen=True)
class Recording:
    """One drive, rows in the order of the log.

    Attributes:
        folder: where it lies.
        pictures: for every row the paths of the centre, left and right picture; a missing side
            picture is None.
        steering: float32 (N,), normalised -1..1, positive right.
        throttle: float32 (N,), 0..1.
        speed_mph: float32 (N,).
        seconds: float64 (N,), when the frame was taken, from the first one on; from the file names,
            or 15 frames a second where these carry no time.
        dropped: the rows that are not used, and why.
    """

    folder: Path
    pictures: tuple[tuple[Path, Path | None, Path | None], ...]
    steering: Floats
    throttle: Floats
    speed_mph: Floats
    seconds: npt.NDArray[np.float64]
    dropped: tuple[DroppedRow, ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def name(self) -> str:
        """The last two parts of the folder's path, to tell recordings apart in tables."""
        return "/".join(self.folder.absolute().parts[-2:])

    @property
    def segments(self) -> npt.NDArray[np.int64]:
        """int64 (N,): the number of the stretch without a pause that a row belongs to."""
        step = np.diff(self.seconds, prepend=self.seconds[:1])
        return np.cumsum((step > PAUSE_S) | (step < 0)).astype(np.int64)

    def select(self, rows: Iterable[int], dropped: Iterable[DroppedRow] = ()) -> Recording:
        """The recording with only these rows, and further dropped ones noted."""
        index = np.fromiter(rows, dtype=np.int64)
        return Recording(
            folder=self.folder,
            pictures=tuple(self.pictures[i] for i in index),
            steering=self.steering[index],
            throttle=self.throttle[index],
            speed_mph=self.speed_mph[index],
            seconds=self.seconds[index],
            dropped=(*self.dropped, *dropped),
        )


def read_recording(folder: Path) -> Recording:
    """Reads a recording in any of the forms that the simulator and its users leave behind.

    With or without a header; paths absolute (``/`` or ``\\``), relative or bare: a picture is
    looked for by its file name in ``IMG/`` and in the folder itself; spaces after commas; decimal
    commas, which split numbers over columns. A row that cannot be used is dropped and noted.

    Raises:
        RecordingError: there is no log, or no row of it can be used.
    """
    log = folder / LOG_NAME
    if not log.is_file():
        raise RecordingError(
            f"{folder} is no recording: it has no {LOG_NAME}. Give the folder that the simulator's "
            "training mode wrote, with driving_log.csv and IMG/ in it"
        )
    with log.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        lines = [
            (number, [cell.strip() for cell in cells])
            for number, cells in enumerate(csv.reader(_without_nul(file)), start=1)
            if any(cell.strip() for cell in cells)
        ]
    columns, lines = _header(lines)
    shown = _pictures_of(folder)
    rows: list[LogRow] = []
    pictures: list[tuple[Path, Path | None, Path | None]] = []
    dropped: list[DroppedRow] = []
    for number, cells in lines:
        parsed = parse_row(cells, columns)
        if isinstance(parsed, str):
            dropped.append(DroppedRow(number, parsed))
            continue
        centre, left, right = (shown.get(_base_name(path)) for path in parsed.pictures)
        if centre is None:
            dropped.append(DroppedRow(number, "the centre picture is missing"))
            continue
        rows.append(parsed)
        pictures.append((centre, left, right))
    if not rows:
        raise RecordingError(
            f"{log}: none of its {len(lines)} rows can be used"
            + "".join(f"; {count} x {reason}" for reason, count in reasons(dropped).items())
        )
    return Recording(
        folder=folder,
        pictures=tuple(pictures),
        steering=np.array([row.steering for row in rows], np.float32),
        throttle=np.array([row.throttle for row in rows], np.float32),
        speed_mph=np.array([row.speed_mph for row in rows], np.float32),
        seconds=_seconds([centre.name for centre, _, _ in pictures]),
        dropped=tuple(dropped),
    )


def reasons(dropped: Iterable[DroppedRow]) -> dict[str, int]:
    """How many rows were dropped for each reason, most frequent first."""
    return dict(Counter(row.reason for row in dropped).most_common())


def _without_nul(lines: Iterable[str]) -> Iterable[str]:
    # A simulator that was killed while writing leaves NUL bytes, which csv refuses.
    return (line.replace("\0", "") for line in lines)


def _header(
    lines: list[tuple[int, list[str]]],
) -> tuple[Columns, list[tuple[int, list[str]]]]:
    if not lines:
        return Columns(), lines
    columns = find_columns(lines[0][1])
    return (Columns(), lines) if columns is None else (columns, lines[1:])


def _base_name(path: str) -> str:
    return path.strip().strip('"').replace("\\", "/").rsplit("/", 1)[-1]


def _pictures_of(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for place in (folder, *sorted(folder.iterdir())):
        if place == folder or (place.is_dir() and place.name.lower() == "img"):
            found.update((path.name, path) for path in place.iterdir() if path.is_file())
    return found


def _seconds(names: list[str]) -> npt.NDArray[np.float64]:
    seconds: list[float] = []
    for name in names:
        stamp = _STAMP.search(name)
        if stamp is None:
            seconds.append(seconds[-1] + _NOMINAL_STEP_S if seconds else 0.0)
            continue
        year, month, day, hour, minute, second, milli = map(int, stamp.groups())
        try:
            moment = datetime.datetime(
                year, month, day, hour, minute, second, milli * 1000, tzinfo=datetime.UTC
            )
        except ValueError:
            seconds.append(seconds[-1] + _NOMINAL_STEP_S if seconds else 0.0)
            continue
        seconds.append(moment.timestamp())
    start = seconds[0] if seconds else 0.0
    return np.array(seconds, np.float64) - start
