"""The simulator's words, character by character."""

from __future__ import annotations

import base64
from contextlib import AbstractContextManager
from contextlib import nullcontext as does_not_raise

import pytest

from practice_simulator.errors import ProtocolError
from practice_simulator.protocol import Numbers, Packet, parse_packet, read_steer, telemetry

POINT = Numbers(comma_decimal=False)
COMMA = Numbers(comma_decimal=True)


def test_telemetry_is_written_as_the_simulator_writes_it() -> None:
    text = telemetry(POINT, 1.25, 0.3, 0.11984, b"\xff\xd8")
    assert text == (
        '42["telemetry",{"steering_angle":"1.2500","throttle":"0.3000","speed":"0.1198",'
        f'"image":"{base64.b64encode(bytes([255, 216])).decode()}"}}]'
    )


def test_telemetry_with_decimal_commas() -> None:
    text = telemetry(COMMA, 25.0, 1.0, 30.19, b"")
    assert '"steering_angle":"25,0000","throttle":"1,0000","speed":"30,1900"' in text


@pytest.mark.parametrize(
    ("numbers", "text", "expected"),
    [
        (POINT, "-0.0500", -0.05),
        (POINT, "1e-05", 1e-05),
        (POINT, "+1", 1.0),
        (POINT, " 0.5 ", 0.5),
        (POINT, ".5", 0.5),
        (POINT, "0,1", 1.0),
        (POINT, "1,000.5", 1000.5),
        (COMMA, "0,1", 0.1),
        (COMMA, "0.1", 1.0),
        (COMMA, "-0.0500", -500.0),
    ],
)
def test_numbers_are_read_by_the_rule_of_the_language(
    numbers: Numbers, text: str, expected: float
) -> None:
    assert numbers.read(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "[[0.1]]", "abc", "0.1.2", "1e", "nan", "1e999", "--1", "."])
def test_what_is_no_number_raises(text: str) -> None:
    with pytest.raises(ProtocolError, match="number"):
        POINT.read(text)


@pytest.mark.parametrize(
    ("data", "expectation"),
    [
        ({"steering_angle": "0.1", "throttle": "0.2"}, does_not_raise()),
        ({"steering_angle": "0.1", "throttle": "0.2", "more": 1}, does_not_raise()),
        ({"steering_angle": 0.1, "throttle": "0.2"}, pytest.raises(ProtocolError, match="string")),
        ({"steering_angle": "0.1"}, pytest.raises(ProtocolError, match="throttle")),
        ({"steering_angle": "[[0.1]]", "throttle": "0"}, pytest.raises(ProtocolError)),
        (None, pytest.raises(ProtocolError, match="object")),
        ("0.1", pytest.raises(ProtocolError, match="object")),
    ],
)
def test_steer_is_read_or_raises(data: object, expectation: AbstractContextManager[object]) -> None:
    with expectation:
        assert read_steer(POINT, data) == (0.1, 0.2)


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ('0{"sid":"x"}', Packet("open")),
        ("1", Packet("close")),
        ("2", Packet("ping")),
        ("3", Packet("pong")),
        ("40", Packet("other")),
        ("6", Packet("other")),
        ('42["manual",{}]', Packet("event", "manual", {})),
        ('42["manual"]', Packet("event", "manual", None)),
        ('42["steer",{"a":"1"}]', Packet("event", "steer", {"a": "1"})),
    ],
)
def test_packets(text: str, packet: Packet) -> None:
    assert parse_packet(text) == packet


@pytest.mark.parametrize("text", ["42", "42[", '42{"steer":1}', "42[]", "42[1,2]"])
def test_broken_events_raise(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse_packet(text)
