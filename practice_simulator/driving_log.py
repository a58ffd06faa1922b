"""Writes `driving_log.csv` and `IMG/` exactly as the Udacity simulator's training mode does."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TextIO

from practice_simulator.bonnet import Pixels
from practice_simulator.camera import encode_jpeg
from practice_simulator.car import Car
from practice_simulator.errors import RecordingExistsError

CAMERAS = ("center", "left", "right")
EPOCH = datetime(2016, 12, 1, 12, 0, 0)
"""Pictures are named by the simulated time since then, so that a seed gives the same files."""


class DrivingLog:
    """A recording being written; use it as a context manager.

    Raises:
        RecordingExistsError: the folder already holds a `driving_log.csv` or an `IMG` folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()
        for existing in (self.folder / "driving_log.csv", self.folder / "IMG"):
            if existing.exists():
                raise RecordingExistsError(
                    f"{existing} exists already; recordings are never overwritten: "
                    "choose another folder or move this one away"
                )
        (self.folder / "IMG").mkdir(parents=True)
        self.rows = 0
        self._file: TextIO | None = None

    def __enter__(self) -> DrivingLog:
        self._file = (self.folder / "driving_log.csv").open("x", encoding="utf-8", newline="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def write(
        self, time_s: float, pictures: list[Pixels], steering: float, throttle: float, car: Car
    ) -> None:
        """Write one row and its three pictures.

        Args:
            time_s: simulated seconds since the start.
            pictures: BGR, centre, left and right.
            steering: -1..1, positive right.
            throttle: 0..1.
            car: whose brake and speed go into the row.
        """
        if self._file is None:
            raise ValueError("the recording is not open: use it in a `with` statement")
        moment = EPOCH + timedelta(milliseconds=round(time_s * 1000))
        stamp = moment.strftime("%Y_%m_%d_%H_%M_%S_") + f"{moment.microsecond // 1000:03d}"
        paths = [self.folder / "IMG" / f"{camera}_{stamp}.jpg" for camera in CAMERAS]
        for path, picture in zip(paths, pictures, strict=True):
            path.write_bytes(encode_jpeg(picture))
        values = (steering, throttle, car.brake, car.speed_mph)
        cells = [str(path) for path in paths] + [_number(value) for value in values]
        self._file.write(",".join(cells) + "\n")
        self.rows += 1


def _number(value: float) -> str:
    """As C# writes a float: seven significant digits, no trailing zeros."""
    return f"{value:.7g}"
