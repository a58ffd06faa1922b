from __future__ import annotations

import math

import pytest

from simulator_bridge.commands import Command, format_number, to_payload


@pytest.mark.parametrize(
    ("value", "comma", "text"),
    [
        (0.25, False, "0.2500"),
        (0.25, True, "0,2500"),
        (-0.05, False, "-0.0500"),
        (1e-9, False, "0.0000"),
        (-1e-9, False, "0.0000"),
        (-0.0, True, "0,0000"),
        (0.00005, False, "0.0001"),
        (1.0, False, "1.0000"),
        (math.nan, False, "0.0000"),
        (math.inf, True, "0,0000"),
        (-math.inf, False, "0.0000"),
    ],
)
def test_numbers(value: float, comma: bool, text: str) -> None:
    assert format_number(value, comma) == text


def test_values_are_cut_and_are_strings() -> None:
    assert to_payload(Command(1e300, -7.0), decimal_comma=False) == {
        "steering_angle": "1.0000",
        "throttle": "-1.0000",
    }
