from __future__ import annotations

import os
import signal
import socket

from cli.processes import free_port, port_is_free
from client import wait_until_serving
from protos.endpoints import METRICS_PORT_OFFSET, STEERING
from tests.end_to_end.conftest import Program, Programs


def start_with_service(programs: Programs) -> tuple[Program, int, str]:
    bridge_port = free_port()
    address = f"127.0.0.1:{free_port(offset=METRICS_PORT_OFFSET)}"
    bridge = programs.start(
        "bridge", "--with-service", "--port", str(bridge_port), "--steering-address", address
    )
    wait_until_serving(address, STEERING, timeout_s=120)
    bridge.wait_for("cockpit page")
    return bridge, bridge_port, address


def test_with_service_starts_both_and_stops_both(programs: Programs) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        bridge, bridge_port, _ = start_with_service(programs)
        assert not port_is_free("127.0.0.1", bridge_port)
        assert len(programs.running("cli.main")) == 2
        bridge.popen.send_signal(number)
        assert bridge.popen.wait() == 0
        assert programs.running() == []


def test_when_the_service_dies_the_bridge_stays_and_says_so(programs: Programs) -> None:
    bridge, bridge_port, _ = start_with_service(programs)
    (service,) = programs.running("serve steering")
    os.kill(service, signal.SIGKILL)
    bridge.wait_for("steering service ended by itself")
    assert not port_is_free("127.0.0.1", bridge_port)
    assert bridge.terminate() == 0


def test_ctrl_c_while_the_service_starts_leaves_nothing(programs: Programs) -> None:
    address = f"127.0.0.1:{free_port(offset=METRICS_PORT_OFFSET)}"
    bridge = programs.start("bridge", "--with-service", "--steering-address", address)
    while not programs.running("serve steering"):
        assert bridge.popen.poll() is None, bridge.text()
    assert bridge.interrupt() == 0
    assert programs.running() == []


def test_a_port_that_is_taken_is_named_and_nothing_is_left(programs: Programs) -> None:
    address = f"127.0.0.1:{free_port(offset=METRICS_PORT_OFFSET)}"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        bridge = programs.run(
            "bridge", "--with-service", "--port", port, "--steering-address", address
        )
    assert bridge.popen.returncode == 1
    assert f"port {port}" in bridge.text()
    assert "Traceback" not in bridge.text()
    assert programs.running() == []


def test_the_service_cannot_be_started_on_another_machine(programs: Programs) -> None:
    bridge = programs.run("bridge", "--with-service", "--steering-address", "10.0.0.1:50051")
    assert bridge.popen.returncode == 2
    assert "--with-service starts it on this machine" in bridge.text()
