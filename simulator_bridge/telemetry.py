"""Reads what the car reports; whatever comes in, a telemetry comes out, with its faults named."""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass
from enum import StrEnum

from simulator_bridge.legacy_client import TOO_LONG_KEY

_NUMBER = re.compile(
    r"\s*[+-]?(\d{1,20}([.,]\d{0,20})?|[.,]\d{1,20})([eE][+-]?\d{1,3})?\s*", re.ASCII
)
_JPEG_START = b"\xff\xd8"


class Fault(StrEnum):
    """What can be wrong with a telemetry."""

    NOT_AN_OBJECT = "not_an_object"
    TOO_LONG = "too_long"
    NO_PICTURE = "no_picture"
    BAD_BASE64 = "bad_base64"
    BAD_NUMBER = "bad_number"


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One report of the car.

    Attributes:
        image: the front camera's JPEG file, undecoded; ``None`` if it did not come.
        steering_angle_deg: the front wheels' angle in degrees, positive to the right.
        throttle: the car's throttle, -1..1.
        speed_mph: the car's speed in mph.
        decimal_comma: whether its numbers have a decimal comma; ``None`` if it cannot be told.
        faults: what was wrong with it; empty for a well-formed one.
    """

    image: bytes | None = None
    steering_angle_deg: float | None = None
    throttle: float | None = None
    speed_mph: float | None = None
    decimal_comma: bool | None = None
    faults: tuple[Fault, ...] = ()


def read_telemetry(payload: object) -> Telemetry:
    """Reads the payload of a ``telemetry`` event. Raises nothing."""
    if not isinstance(payload, dict):
        return Telemetry(faults=(Fault.NOT_AN_OBJECT,))
    if TOO_LONG_KEY in payload:
        return Telemetry(faults=(Fault.TOO_LONG,))
    faults: list[Fault] = []
    image = _read_image(payload.get("image"), faults)
    texts = [payload.get(key) for key in ("steering_angle", "throttle", "speed")]
    numbers = [read_number(text) for text in texts]
    if None in numbers:
        faults.append(Fault.BAD_NUMBER)
    return Telemetry(
        image=image,
        steering_angle_deg=numbers[0],
        throttle=numbers[1],
        speed_mph=numbers[2],
        decimal_comma=_separator(texts),
        faults=tuple(faults),
    )


def read_number(value: object) -> float | None:
    """A finite number from a JSON number or a string (point or comma), else ``None``."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = float(value.replace(",", "."))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None
    else:
        return None
    return number if math.isfinite(number) else None


def _separator(texts: list[object]) -> bool | None:
    joined = "".join(
        text for text in texts if isinstance(text, str) and read_number(text) is not None
    )
    if "," in joined:
        return True
    return False if "." in joined else None


def _read_image(value: object, faults: list[Fault]) -> bytes | None:
    if isinstance(value, bytes) and value.startswith(_JPEG_START):
        return value  # a binary event carries the file as it is
    if not isinstance(value, str | bytes) or not value:
        faults.append(Fault.NO_PICTURE)
        return None
    try:
        # validate: without it, characters outside of the alphabet are skipped silently.
        image = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        faults.append(Fault.BAD_BASE64)
        return None
    if not image:
        faults.append(Fault.NO_PICTURE)
    return image or None
