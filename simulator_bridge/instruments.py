"""Draws the instruments under a picture: steering wheel, steering bar, speed, pedals, time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from simulator_bridge.film import Pixels
from simulator_bridge.recording import DrivenFrame

PANEL_HEIGHT = 80
"""Height of the instruments in pixels; their width is the picture's, at least ``MIN_WIDTH``."""

MIN_WIDTH = 480

Colour = tuple[int, int, int]
_BACKGROUND: Colour = (28, 28, 28)
_DIM: Colour = (90, 90, 90)
_TEXT: Colour = (230, 230, 230)
_DRIVEN: Colour = (90, 200, 90)
_PREDICTED: Colour = (60, 160, 255)
_BRAKE: Colour = (70, 70, 230)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_WHEEL_TURN_DEG = 120.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What the instruments show.

    Attributes:
        frame: the recorded row.
        predicted: what the steering service would have steered, -1..1, if it was asked.
        time_s: time since the first frame in seconds.
    """

    frame: DrivenFrame
    predicted: float | None
    time_s: float


def panel(reading: Reading, width: int) -> Pixels:
    """The instruments as a picture of ``width`` x ``PANEL_HEIGHT`` pixels."""
    picture = np.full((PANEL_HEIGHT, width, 3), _BACKGROUND, dtype=np.uint8)
    frame = reading.frame
    _wheel(picture, (40, 40), frame.steering)
    _steering_bar(picture, 95, width // 2 + 10, reading)
    left = width // 2 + 30
    _text(picture, f"{frame.speed_mph:4.1f} mph", (left, 34), 0.7, _TEXT)
    minutes, seconds = divmod(reading.time_s, 60.0)
    _text(picture, f"{int(minutes):02d}:{seconds:04.1f}", (left, 64), 0.5, _TEXT)
    _pedal(picture, (width - 60, 12), frame.throttle, _DRIVEN, "T")
    _pedal(picture, (width - 30, 12), frame.brake, _BRAKE, "B")
    return picture


def _wheel(picture: Pixels, centre: tuple[int, int], steering: float) -> None:
    radius = 28
    cv2.circle(picture, centre, radius, _TEXT, 3, cv2.LINE_AA)
    for spoke_deg in (90.0, 210.0, 330.0):
        angle = math.radians(spoke_deg + steering * _WHEEL_TURN_DEG)
        end = (
            centre[0] + round(radius * math.cos(angle)),
            centre[1] + round(radius * math.sin(angle)),
        )
        cv2.line(picture, centre, end, _TEXT, 3, cv2.LINE_AA)


def _steering_bar(picture: Pixels, left: int, right: int, reading: Reading) -> None:
    middle, half = (left + right) // 2, (right - left) // 2
    cv2.rectangle(picture, (left, 14), (right, 30), _DIM, 1)
    driven = middle + round(half * _cut(reading.frame.steering))
    cv2.rectangle(picture, (min(middle, driven), 16), (max(middle, driven), 28), _DRIVEN, -1)
    cv2.line(picture, (middle, 10), (middle, 34), _TEXT, 1)
    label = f"steering {reading.frame.steering:+.3f}"
    _text(picture, label, (left, 50), 0.42, _DRIVEN)
    if reading.predicted is not None:
        at = middle + round(half * _cut(reading.predicted))
        cv2.line(picture, (at, 10), (at, 34), _PREDICTED, 3)
        _text(picture, f"predicted {reading.predicted:+.3f}", (left, 68), 0.42, _PREDICTED)


def _pedal(
    picture: Pixels, corner: tuple[int, int], value: float, colour: Colour, label: str
) -> None:
    left, top = corner
    height = 46
    cv2.rectangle(picture, corner, (left + 14, top + height), _DIM, 1)
    filled = top + height - round(height * max(_cut(value), 0.0))
    cv2.rectangle(picture, (left + 2, filled), (left + 12, top + height), colour, -1)
    _text(picture, label, (left + 2, top + height + 16), 0.42, _TEXT)


def _text(picture: Pixels, text: str, at: tuple[int, int], size: float, colour: Colour) -> None:
    cv2.putText(picture, text, at, _FONT, size, colour, 1, cv2.LINE_AA)


def _cut(value: float) -> float:
    return min(max(value, -1.0), 1.0)
