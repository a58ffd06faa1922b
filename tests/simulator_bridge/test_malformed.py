"""Whatever comes in, the car gets its answer, and the connection stays."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from benchmarks.raw_simulator import (
    RawSimulator,
    encode_binary,
    encode_text,
    event_text,
    telemetry_text,
)
from tests.simulator_bridge.harness import BridgeProcess

Connect = Callable[[int], RawSimulator]
NUMBERS = {"steering_angle": "0.0000", "throttle": "0.0000", "speed": "10.0000"}
BINARY_EVENT = '451-["telemetry",{"speed":"1.0","image":{"_placeholder":true,"num":0}}]'

ANSWERED = {
    "bad base64": event_text("telemetry", NUMBERS | {"image": "*** no base64 ***"}),
    "base64 of nothing": event_text("telemetry", NUMBERS | {"image": ""}),
    "no picture": event_text("telemetry", NUMBERS),
    "no keys": event_text("telemetry", {}),
    "a list": event_text("telemetry", [1, 2, 3]),
    "a text": event_text("telemetry", "fast"),
    "a number": event_text("telemetry", 7),
    "true": event_text("telemetry", True),
    "no payload": event_text("telemetry"),
    "two payloads": event_text("telemetry", NUMBERS, {"more": 1}),
    "nested deeply": '42["telemetry",' + "[" * 50_000 + "]" * 50_000 + "]",
    "cut off": '42["telemetry",{"steering_angle":"0.0000","ima',
    "an unknown number": event_text("telemetry", NUMBERS | {"speed": "1e400"}),
    "infinity": '42["telemetry",{"speed":Infinity,"throttle":NaN,"steering_angle":-Infinity}]',
    "with an acknowledgement": '4217["telemetry",{}]',
}

NOT_ANSWERED = {
    "empty": encode_text(""),
    "no packet": encode_text("hello"),
    "a packet type of its own": encode_text("9"),
    "base64 packet": encode_text("b###"),
    "deep packet": encode_text("4" + "[" * 50_000),
    "upgrade": encode_text("5"),
    "no-op": encode_text("6"),
    "open": encode_text('0{"sid":"x"}'),
    "unknown event": encode_text(event_text("hello", {"a": 1})),
    "event without a name": encode_text("42[]"),
    "event that is an object": encode_text('42{"a":1}'),
    "event without data": encode_text("42"),
    "event with a list for a name": encode_text('42[["telemetry"]]'),
    "unknown namespace": encode_text('42/admin,["telemetry",{}]'),
    "acknowledgement": encode_text('431["x"]'),
    "connect error": encode_text("44"),
    "binary of nothing": encode_binary(b""),
    "binary": encode_binary(bytes(range(256)) * 40),
    "binary event whose attachment never comes": encode_text(BINARY_EVENT),
    "connect again": encode_text("40"),
    "websocket pong": bytes.fromhex("8a80") + b"mask",
}


@pytest.mark.parametrize("text", ANSWERED.values(), ids=ANSWERED.keys())
def test_a_malformed_telemetry_is_answered_at_once(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes], text: str
) -> None:
    car = connect(bridge.port)
    car.send_text(text)
    name, payload = car.next_event()
    assert name == "steer"
    assert all(isinstance(value, str) and abs(float(value)) <= 1 for value in payload.values())
    car.send_text(telemetry_text(jpegs[0]))
    assert car.next_event()[1]["steering_angle"] == "0.2500"


@pytest.mark.parametrize("encoded", NOT_ANSWERED.values(), ids=NOT_ANSWERED.keys())
def test_what_is_no_telemetry_gets_no_answer_and_does_no_harm(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes], encoded: bytes
) -> None:
    car = connect(bridge.port)
    answers = bridge.counts()["answers.steer"]
    car.send(encoded)
    car.send_text(telemetry_text(jpegs[0]))
    assert car.next_event()[1]["steering_angle"] == "0.2500"
    assert bridge.counts()["answers.steer"] == answers + 1


def test_a_truncated_picture_is_the_services_affair(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes], service
) -> None:
    car = connect(bridge.port)
    car.send_text(telemetry_text(jpegs[0][:500]))
    assert car.next_event()[0] == "steer"
    assert service.images[-1] == jpegs[0][:500]


def test_a_binary_event_carries_the_picture(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes], service
) -> None:
    car = connect(bridge.port)
    car.send(encode_text(BINARY_EVENT) + encode_binary(jpegs[3]))
    assert car.next_event()[1]["steering_angle"] == "0.2500"
    assert service.images[-1] == jpegs[3]


def test_numbers_for_strings_are_taken(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes]
) -> None:
    car = connect(bridge.port)
    payload = json.loads(telemetry_text(jpegs[0])[2:])[1]
    payload |= {"steering_angle": 1, "throttle": 0.5, "speed": 25}
    car.send_text(event_text("telemetry", payload))
    assert car.next_event()[1] == {"steering_angle": "0.2500", "throttle": "0.0000"}


def test_a_huge_payload_is_dropped_and_answered(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes]
) -> None:
    car = connect(bridge.port)
    car.send_text(event_text("telemetry", NUMBERS | {"image": "A" * 6_000_000}))
    assert car.next_event()[0] == "steer"
    assert bridge.counts()["telemetry_faults.too_long"] >= 1
    car.send_text(telemetry_text(jpegs[0]))
    assert car.next_event()[1]["steering_angle"] == "0.2500"


def test_decimal_commas_are_answered_with_decimal_commas(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes]
) -> None:
    car = connect(bridge.port)
    car.send_text(telemetry_text(jpegs[0], speed_mph=25.0, decimal_comma=True))
    assert car.next_event()[1] == {"steering_angle": "0,2500", "throttle": "0,0000"}
    # A telemetry that does not tell does not change it.
    car.send_text(ANSWERED["no keys"])
    assert "," in car.next_event()[1]["steering_angle"]
    car.send_text(telemetry_text(jpegs[0], speed_mph=25.0))
    assert "." in car.next_event()[1]["steering_angle"]
