from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.processes import free_port
from client import wait_until_serving
from protos.endpoints import METRICS_PORT_OFFSET, STEERING
from tests.end_to_end.conftest import Programs


@pytest.mark.parametrize("server", ["threading", "eventlet"])
def test_a_stretch_of_the_lake_is_driven_on_the_road(
    server: str, programs: Programs, tmp_path: Path
) -> None:
    bridge_port = str(free_port())
    address = f"127.0.0.1:{free_port(offset=METRICS_PORT_OFFSET)}"
    bridge = programs.start(
        "bridge", "--with-service", "--port", bridge_port, "--steering-address", address,
        "--server", server, "--set-speed-mph", "20",
    )  # fmt: skip
    wait_until_serving(address, STEERING, timeout_s=120)
    simulator = programs.run(
        "simulate", "drive", "--port", bridge_port, "--max-distance-m", "200",
        "--json-path", "drive.json",
    )  # fmt: skip
    assert simulator.popen.returncode == 0, simulator.text()
    report = json.loads((tmp_path / "drive.json").read_text(encoding="utf-8"))
    assert report["finished"]
    assert report["distance_m"] >= 200
    assert report["interventions"] == 0
    assert report["time_off_road_s"] == 0
    assert report["autonomy_percent"] == 100
    assert report["stalled_answers"] == 0
    assert bridge.terminate() == 0
    assert programs.running() == []
