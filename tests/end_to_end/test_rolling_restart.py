"""Two replicas of the steering service are restarted one after the other while a car drives."""

from __future__ import annotations

import json
import urllib.request

from cli.processes import free_port
from client import wait_until_serving
from protos.endpoints import METRICS_PORT_OFFSET, STEERING
from tests.end_to_end.conftest import Program, Programs


def start_replica(programs: Programs, port: int) -> Program:
    replica = programs.start("serve", "steering", "--port", str(port))
    wait_until_serving(f"127.0.0.1:{port}", STEERING, timeout_s=120)
    return replica


def counts(bridge_port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{bridge_port}/state") as reply:
        return json.load(reply)["counts"]


def wait_for_answers(drive: Program, bridge_port: int, more: int) -> None:
    """Returns once the car has been steered that many times more."""
    wanted = counts(bridge_port).get("answers.steer", 0) + more
    while counts(bridge_port).get("answers.steer", 0) < wanted:
        assert drive.popen.poll() is None, drive.text()


def test_a_rolling_restart_costs_the_car_no_prediction(programs: Programs) -> None:
    ports: list[int] = []
    while len(set(ports)) < 2:
        ports.append(free_port(offset=METRICS_PORT_OFFSET))
    replicas = [start_replica(programs, port) for port in ports[-2:]]
    addresses = ",".join(f"127.0.0.1:{port}" for port in ports[-2:])
    bridge_port = free_port()
    bridge = programs.start(
        "bridge", "--port", str(bridge_port), "--steering-address", f"ipv4:{addresses}",
        # What counts here is whether an answer comes; how soon, on a busy machine, does not.
        "--deadline-ms", "5000",
    )  # fmt: skip
    bridge.wait_for("cockpit page")
    drive = programs.start(
        "simulate", "drive", "--port", str(bridge_port), "--max-seconds", "3600", "--laps", "99"
    )
    wait_for_answers(drive, bridge_port, more=50)
    for number, port in enumerate(ports[-2:]):
        assert replicas[number].terminate() == 0
        wait_for_answers(drive, bridge_port, more=50)
        replicas[number] = start_replica(programs, port)
        wait_for_answers(drive, bridge_port, more=50)
    found = counts(bridge_port)
    assert {name for name in found if name.startswith("prediction_failures.")} == set(), found
    assert drive.interrupt() != 0
    assert bridge.terminate() == 0
    assert [replica.terminate() for replica in replicas] == [0, 0]
