from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from benchmarks.raw_simulator import RawSimulator, telemetry_text
from tests.simulator_bridge.harness import BridgeProcess, wait_until

Connect = Callable[[int], RawSimulator]


def test_the_page_needs_nothing_from_elsewhere(bridge: BridgeProcess) -> None:
    page = bridge.get("/")
    assert "Roadsight cockpit" in page
    assert not re.findall(r'(?:src|href)="', page)
    assert "://" not in page


def test_the_state_of_a_car(bridge: BridgeProcess, connect: Connect, jpegs: list[bytes]) -> None:
    car = connect(bridge.port)
    car.send_text(telemetry_text(jpegs[0], speed_mph=25.0, steering_angle_deg=6.25))
    car.next_event()
    shown = wait_until(
        lambda: next((c for c in bridge.state()["cars"] if c["answered"] == 2), None), "it is shown"
    )
    assert shown["mode"] == "driving"
    assert shown["steering"] == 0.25
    assert shown["speed_mph"] == 25.0
    assert shown["reported_steering_deg"] == 6.25
    state = bridge.state()
    assert state["service"]["reachable"] is True
    total = state["latency_ms"]["total"]
    assert 0.0 < total["p50"] <= total["p99"]


def test_the_stream_shows_the_newest_picture(
    bridge: BridgeProcess, connect: Connect, jpegs: list[bytes]
) -> None:
    car = connect(bridge.port)
    name = bridge.state()["cars"][-1]["name"]
    address = f"http://127.0.0.1:{bridge.port}/cars/{name}/stream.mjpg"
    with urllib.request.urlopen(address, timeout=10) as stream:
        assert _picture(stream) == jpegs[1]
        car.send_text(telemetry_text(jpegs[3]))
        car.next_event()
        assert _picture(stream) == jpegs[3]


def _picture(stream) -> bytes:
    while not (line := stream.readline()).startswith(b"Content-Length"):
        assert line
    stream.readline()
    return stream.read(int(line.split(b":")[1]))


def test_no_such_car(bridge: BridgeProcess) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        bridge.get("/cars/none/stream.mjpg")


def test_health(bridge: BridgeProcess) -> None:
    wait_until(
        lambda: json.loads(bridge.get("/healthz"))["steering_service"] == "ok", "it is asked"
    )
    assert json.loads(bridge.get("/healthz"))["status"] == "ok"


def test_metrics(bridge: BridgeProcess, connect: Connect) -> None:
    connect(bridge.port)
    metrics = bridge.get("/metrics")
    for stage in ("decode", "predict", "control", "send", "total"):
        assert re.search(rf'roadsight_bridge_stage_seconds_count{{stage="{stage}"}} [1-9]', metrics)
    assert re.search(r"^roadsight_bridge_cars [1-9]", metrics, re.MULTILINE)
    assert re.search(r'roadsight_bridge_answers_total{event="steer"} [1-9]', metrics)
