"""The newest picture of a car, for whoever looks on beside the control loop.

This is where perception will be attached: a reader takes the newest frame when it is free for the
next, and what came in between is never queued. The control loop only replaces a reference.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture and its number.

    Attributes:
        number: counts the car's frames from 1.
        jpeg: the JPEG file as the car sent it.
    """

    number: int
    jpeg: bytes


class NewestFrame:
    """Holds one frame. One thread puts, any number of threads look."""

    def __init__(self) -> None:
        self._frame: Frame | None = None

    def put(self, jpeg: bytes) -> None:
        """Replaces the frame."""
        self._frame = Frame(self._frame.number + 1 if self._frame else 1, jpeg)

    def newer_than(self, number: int) -> Frame | None:
        """The newest frame if its number is above ``number``, else ``None``. Never waits."""
        frame = self._frame
        return frame if frame is not None and frame.number > number else None
