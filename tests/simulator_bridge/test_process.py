"""The bridge as a process: what it tells the user, and how it ends."""

from __future__ import annotations

import signal
import socket
import urllib.error
from collections.abc import Callable

import pytest

from benchmarks.raw_simulator import RawSimulator
from tests.simulator_bridge.harness import BridgeProcess, wait_until

Connect = Callable[[int], RawSimulator]
StartBridge = Callable[..., BridgeProcess]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_the_cars_and_exits_with_zero(
    mode: str, start_bridge: StartBridge, connect: Connect, number: signal.Signals
) -> None:
    bridge = start_bridge(server=mode)
    car = connect(bridge.port)
    bridge.process.send_signal(number)
    # Without this the car would keep its last command and drive on.
    assert car.next_event() == ("steer", {"steering_angle": "0.0000", "throttle": "0.0000"})
    assert bridge.stop(number) == 0
    assert bridge.lines[-1].endswith("stopped")
    assert not any("Traceback" in line for line in bridge.lines)


def test_a_port_in_use_is_explained(start_bridge: StartBridge) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        bridge = start_bridge(port=port)
        assert bridge.process.wait(20) == 1
    bridge.wait_for_line(rf"port {port} on 127.0.0.1 is already in use: .*--port")
    assert not any("Traceback" in line for line in bridge.lines)


def test_a_host_of_another_machine_is_explained(start_bridge: StartBridge) -> None:
    bridge = start_bridge(host="203.0.113.7")
    assert bridge.process.wait(20) == 1
    bridge.wait_for_line(r"cannot listen on 203\.0\.113\.7:0")


def test_no_car_brings_a_hint(mode: str, start_bridge: StartBridge, service) -> None:
    bridge = start_bridge(server=mode, steering_address=service.address, connect_hint_s=0.1)
    bridge.wait_for_line(r"no car yet: .*Autonomous Mode.*port 4567.*--host 0\.0\.0\.0")


def test_cars_come_and_go_in_the_log(bridge: BridgeProcess, connect: Connect) -> None:
    connect(bridge.port).close()
    name = bridge.wait_for_line(r"(car-\d+) connected from 127\.0\.0\.1")[1]
    bridge.wait_for_line(rf"{name} is gone after \d+ answers")


def test_a_client_of_the_wrong_kind_is_named(bridge: BridgeProcess) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        bridge.get("/socket.io/?EIO=3&transport=polling")
    bridge.wait_for_line(r"a client at 127\.0\.0\.1 speaks Engine\.IO 3")


def test_a_car_that_is_cut_off_is_gone(bridge: BridgeProcess, connect: Connect) -> None:
    before = len(bridge.state()["cars"])
    car = connect(bridge.port)
    assert len(bridge.state()["cars"]) == before + 1
    car._socket.close()
    wait_until(lambda: len(bridge.state()["cars"]) == before, "the car is gone")
