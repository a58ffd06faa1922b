"""A headless 3D driving simulator that speaks the Udacity simulator's protocol.

It is a websocket *client* of the simulator bridge and knows nothing else of this project, so it
can stand in for the Unity program wherever that one cannot run. Two entry points:

* :func:`practice_simulator.drive` connects to a bridge and lets it drive, and reports how well;
* :func:`practice_simulator.record` lets an expert drive and writes a training recording.

Importing this package is cheap: the renderer is loaded when one of the two is called.
"""

from __future__ import annotations

from collections.abc import Callable

from practice_simulator.report import DriveProgress, DriveReport, RecordProgress, RecordReport
from practice_simulator.settings import DriveSettings, RecordSettings

__all__ = [
    "DriveProgress",
    "DriveReport",
    "DriveSettings",
    "RecordProgress",
    "RecordReport",
    "RecordSettings",
    "drive",
    "record",
]


def drive(
    settings: DriveSettings, on_progress: Callable[[DriveProgress], None] | None = None
) -> DriveReport:
    """Drive as the bridge commands; see :func:`practice_simulator.drive.drive`."""
    from practice_simulator.driving import drive as run

    return run(settings, on_progress)


def record(
    settings: RecordSettings, on_progress: Callable[[RecordProgress], None] | None = None
) -> RecordReport:
    """Record the expert; see :func:`practice_simulator.recording.record`."""
    from practice_simulator.recording import record as run

    return run(settings, on_progress)
