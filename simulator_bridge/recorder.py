"""Records a drive as the simulator's training mode does: ``driving_log.csv`` and ``IMG/``.

A row holds the centre picture's path (relative to the folder), two empty columns (only the centre
camera's picture comes in autonomous mode), the steering that was sent, -1..1, throttle and brake,
0..1, and the speed in mph.
"""

from __future__ import annotations

import csv
import logging
import queue
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from simulator_bridge.commands import Command
from simulator_bridge.metrics import BridgeMetrics

log = logging.getLogger(__name__)

LOG_NAME = "driving_log.csv"
IMAGE_FOLDER = "IMG"
IMAGE_PREFIX = "center_"
TIME_FORMAT = "%Y_%m_%d_%H_%M_%S_%f"
"""Of the time in a picture's name; the last three digits are left out, which leaves ms."""


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """What is recorded of one answered telemetry.

    Attributes:
        jpeg: the picture.
        command: what was answered.
        speed_mph: the car's speed in mph.
        taken_at: when the telemetry came in.
    """

    jpeg: bytes
    command: Command
    speed_mph: float
    taken_at: datetime


class Recorder:
    """Writes one car's drive into a new folder, in a thread of its own.

    The folder is made when the first frame comes, and is never one that exists already.

    Args:
        root: where the folder is made.
        name: the car's name; part of the folder's.
        capacity: how many frames may wait for the disk.
        metrics: where frames and drops are counted.
    """

    def __init__(self, root: Path, name: str, capacity: int, metrics: BridgeMetrics) -> None:
        self._root = root
        self._name = name
        self._metrics = metrics
        self._queue: queue.Queue[RecordedFrame | None] = queue.Queue(capacity)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"record-{name}", daemon=True)
        self._thread.start()

    def offer(self, frame: RecordedFrame) -> None:
        """Takes a frame if there is room, else counts it as dropped. Never waits."""
        try:
            self._queue.put_nowait(frame)
        except queue.Full:
            self._metrics.record_drops.inc()

    def close(self, timeout_s: float) -> None:
        """Writes what waits and ends, at the latest after ``timeout_s`` seconds."""
        self._closing.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        first = self._next()
        if first is None:
            return
        try:
            folder = new_folder(self._root, self._name, first.taken_at)
            log.info("recording %s into %s", self._name, folder)
            self._write(folder, first)
        except OSError as error:
            log.error("cannot record %s: %s", self._name, error)
            self._metrics.record_drops.inc()
            while self._next() is not None:
                self._metrics.record_drops.inc()

    def _write(self, folder: Path, first: RecordedFrame) -> None:
        frame: RecordedFrame | None = first
        last_taken = datetime.min
        with (folder / LOG_NAME).open("w", newline="", encoding="utf-8", buffering=1) as file:
            rows = csv.writer(file)
            while frame is not None:
                # Names are by the millisecond; two frames of one must not share a file.
                last_taken = max(frame.taken_at, last_taken + timedelta(milliseconds=1))
                name = f"{IMAGE_PREFIX}{last_taken.strftime(TIME_FORMAT)[:-3]}.jpg"
                (folder / IMAGE_FOLDER / name).write_bytes(frame.jpeg)
                rows.writerow(_row(f"{IMAGE_FOLDER}/{name}", frame))
                self._metrics.recorded.inc()
                frame = self._next()

    def _next(self) -> RecordedFrame | None:
        while True:
            try:
                return self._queue.get(timeout=0.1)
            except queue.Empty:
                if self._closing.is_set():
                    return None


def new_folder(root: Path, name: str, taken_at: datetime) -> Path:
    """Makes a folder for a drive, with ``IMG`` in it, that did not exist before.

    Raises:
        OSError: it cannot be made.
    """
    root.mkdir(parents=True, exist_ok=True)
    stem = f"{taken_at:%Y-%m-%d_%H-%M-%S}_{name}"
    number = 1
    while True:
        folder = root / (stem if number == 1 else f"{stem}_{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
            continue
        (folder / IMAGE_FOLDER).mkdir()
        return folder


def _row(path: str, frame: RecordedFrame) -> list[str]:
    throttle = max(frame.command.throttle, 0.0)
    brake = max(-frame.command.throttle, 0.0)
    numbers = (frame.command.steering, throttle, brake, frame.speed_mph)
    return [path, "", "", *(f"{number:.6f}" for number in numbers)]
