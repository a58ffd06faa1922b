"""One row of ``driving_log.csv`` to values, whichever variant it comes in."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass

_VALUES = ("steering", "throttle", "brake", "speed")
_PICTURES = ("center", "left", "right")
_NAMES = {
    "centre": "center",
    "steeringangle": "steering",
    "steering_angle": "steering",
    "reverse": "brake",
    "speed_mph": "speed",
}
_RANGES = {
    "steering": (-1.0, 1.0),
    "throttle": (-1.0, 1.0),
    "brake": (0.0, 1.0),
    "speed": (-40.0, 200.0),
}
_WHOLE = re.compile(r"-?(0|[1-9]\d*)(E[+-]?\d+)?", re.IGNORECASE)
_FRACTION = re.compile(r"\d+(E[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Columns:
    """At which column each value stands; as the simulator writes them unless a header says else."""

    pictures: tuple[int, int, int] = (0, 1, 2)
    values: tuple[int, int, int, int] = (3, 4, 5, 6)

    @property
    def count(self) -> int:
        """How many columns a row must have."""
        return max(*self.pictures, *self.values) + 1


@dataclass(frozen=True)
class LogRow:
    """One row: picture paths as they stand in the log (centre, left, right), and the values.

    ``steering`` -1..1, ``throttle`` -1..1, ``speed_mph`` in mph.
    """

    pictures: tuple[str, str, str]
    steering: float
    throttle: float
    speed_mph: float


def find_columns(cells: list[str]) -> Columns | None:
    """The columns that a header names, or None when the row is no header."""
    names = [cell.strip().strip('"').lower() for cell in cells]
    names = [_NAMES.get(name, name) for name in names]
    if not all(name in names for name in ("center", "steering")):
        return None
    missing = [name for name in (*_PICTURES, *_VALUES) if name not in names]
    if missing:
        return Columns()
    centre, left, right = (names.index(name) for name in _PICTURES)
    steering, throttle, brake, speed = (names.index(name) for name in _VALUES)
    return Columns((centre, left, right), (steering, throttle, brake, speed))


def parse_row(cells: list[str], columns: Columns) -> LogRow | str:
    """The values of a row, or in words why it cannot be read."""
    if len(cells) < columns.count:
        return f"fewer than {columns.count} columns"
    if len(cells) == 7 or columns != Columns():
        texts = [cells[column] for column in columns.values]
    elif 7 < len([cell for cell in cells if cell]) <= 11:
        joined = join_decimal_commas([cell for cell in cells[3:] if cell])
        if joined is None:
            return "numbers with decimal commas that cannot be told apart"
        texts = joined
    else:
        texts = cells[3:7]
    try:
        values = dict(zip(_VALUES, map(float, texts), strict=True))
    except ValueError:
        return "a value that is not a number"
    for name, value in values.items():
        low, high = _RANGES[name]
        if not math.isfinite(value) or not low <= value <= high:
            return f"{name} outside {low:g}..{high:g}"
    centre, left, right = (cells[column] for column in columns.pictures)
    return LogRow((centre, left, right), values["steering"], values["throttle"], values["speed"])


def join_decimal_commas(parts: list[str]) -> list[str] | None:
    """Puts four numbers together again whose decimal commas became column separators.

    A number is one part (``0``) or two (``0``, ``25`` for 0.25), so several readings may fit; those
    that give a value out of its range, or a fraction that no number is printed with (``0``), are
    left out. Of what remains a speed with a fraction is likelier than a whole one.

    Args:
        parts: 4 to 8 parts in the order steering, throttle, brake, speed.

    Returns:
        Four numbers with decimal points, or None when no reading, or more than one, remains.
    """
    readings: list[tuple[bool, list[str]]] = []
    for split in itertools.product((False, True), repeat=4):
        if 4 + sum(split) != len(parts):
            continue
        reading = _read(parts, split)
        if reading is not None:
            readings.append((split[3], reading))
    likely = [reading for with_fraction, reading in readings if with_fraction] or [
        reading for _, reading in readings
    ]
    return likely[0] if len(likely) == 1 else None


def _read(parts: list[str], split: tuple[bool, ...]) -> list[str] | None:
    texts: list[str] = []
    position = 0
    for name, has_fraction in zip(_VALUES, split, strict=True):
        whole = parts[position]
        if not _WHOLE.fullmatch(whole):
            return None
        text = whole
        if has_fraction:
            fraction = parts[position + 1]
            if "E" in whole.upper() or not _FRACTION.fullmatch(fraction) or fraction == "0":
                return None
            text = f"{whole}.{fraction}"
        low, high = _RANGES[name]
        if not low <= float(text) <= high:
            return None
        texts.append(text)
        position += 2 if has_fraction else 1
    return texts
