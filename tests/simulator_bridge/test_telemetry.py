from __future__ import annotations

import base64

import pytest

from simulator_bridge.telemetry import Fault, Telemetry, read_number, read_telemetry

JPEG = b"\xff\xd8\xff\xe0picture"
IMAGE = base64.b64encode(JPEG).decode()
GOOD = {"steering_angle": "1.2500", "throttle": "0.3000", "speed": "12.5000", "image": IMAGE}


def test_a_good_one() -> None:
    assert read_telemetry(GOOD) == Telemetry(JPEG, 1.25, 0.3, 12.5, False, ())


def test_a_decimal_comma() -> None:
    telemetry = read_telemetry(GOOD | {"speed": "25,0000", "steering_angle": "-3,5000"})
    assert (telemetry.speed_mph, telemetry.steering_angle_deg) == (25.0, -3.5)
    assert telemetry.decimal_comma is True


def test_no_separator_tells_nothing() -> None:
    telemetry = read_telemetry({"steering_angle": "1", "throttle": 0.5, "speed": "2"})
    assert telemetry.decimal_comma is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("1.5", 1.5), ("1,5", 1.5), ("-3", -3.0), (" 2.0 ", 2.0), ("1E-05", 1e-05), (7, 7.0),
        (0.5, 0.5), (".5", 0.5), ("2.", 2.0),
        ("", None), ("nan", None), ("inf", None), ("1e999", None), ("1_0", None), ("0x10", None),
        ("1,234.5", None), ("1.2.3", None), (None, None), (True, None), ([1.0], None), ({}, None),
        (10**400, None), (float("nan"), None), (float("inf"), None), ("9" * 5000, None),
        ("١٢", None),
    ],
)  # fmt: skip
def test_numbers(value: object, number: float | None) -> None:
    assert read_number(value) == number


@pytest.mark.parametrize(
    ("payload", "faults"),
    [
        ("", (Fault.NOT_AN_OBJECT,)),
        ([1, 2], (Fault.NOT_AN_OBJECT,)),
        (7, (Fault.NOT_AN_OBJECT,)),
        ({"too_long": True}, (Fault.TOO_LONG,)),
        ({}, (Fault.NO_PICTURE, Fault.BAD_NUMBER)),
        (GOOD | {"image": "%%%"}, (Fault.BAD_BASE64,)),
        (GOOD | {"image": IMAGE[:-3]}, (Fault.BAD_BASE64,)),
        (GOOD | {"image": "ảnh"}, (Fault.BAD_BASE64,)),
        (GOOD | {"image": ""}, (Fault.NO_PICTURE,)),
        (GOOD | {"image": None}, (Fault.NO_PICTURE,)),
        (GOOD | {"image": [1]}, (Fault.NO_PICTURE,)),
        (GOOD | {"speed": "fast"}, (Fault.BAD_NUMBER,)),
        ({"image": IMAGE, "throttle": "1", "speed": "1"}, (Fault.BAD_NUMBER,)),
    ],
)
def test_faults_are_named(payload: object, faults: tuple[Fault, ...]) -> None:
    assert read_telemetry(payload).faults == faults


def test_numbers_for_strings_are_taken() -> None:
    telemetry = read_telemetry({"steering_angle": 1, "throttle": 0.5, "speed": 2, "image": IMAGE})
    assert telemetry == Telemetry(JPEG, 1.0, 0.5, 2.0, None, ())


def test_a_binary_event_carries_the_file_or_its_base64() -> None:
    assert read_telemetry(GOOD | {"image": JPEG}).image == JPEG
    assert read_telemetry(GOOD | {"image": IMAGE.encode()}).image == JPEG
