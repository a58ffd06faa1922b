from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.processes import free_port
from client import wait_until_serving
from protos.endpoints import METRICS_PORT_OFFSET, STEERING
from tests.end_to_end.conftest import Programs


# The first real bends come after 300 m: a car that only goes straight on leaves the road there.
@pytest.mark.parametrize(("server", "metres"), [("threading", 450), ("eventlet", 100)])
def test_a_stretch_of_the_lake_is_driven_on_the_road(
    server: str, metres: int, programs: Programs, tmp_path: Path
) -> None:
    bridge_port = str(free_port())
    address = f"127.0.0.1:{free_port(offset=METRICS_PORT_OFFSET)}"
    bridge = programs.start(
        "bridge", "--with-service", "--port", bridge_port, "--steering-address", address,
        "--server", server, "--set-speed-mph", "20",
    )  # fmt: skip
    wait_until_serving(address, STEERING, timeout_s=120)
    simulator = programs.run(
        "simulate", "drive", "--port", bridge_port, "--max-distance-m", str(metres),
        "--json-path", "drive.json",
    )  # fmt: skip
    assert simulator.popen.returncode == 0, simulator.text()
    report = json.loads((tmp_path / "drive.json").read_text(encoding="utf-8"))
    assert report["finished"]
    # The limit counts along the centre line; the car cuts bends a little.
    assert report["distance_m"] > 0.95 * metres
    assert report["interventions"] == 0
    assert report["time_off_road_s"] == 0
    assert report["autonomy_percent"] == 100
    assert report["stalled_answers"] == 0
    assert bridge.terminate() == 0
    assert programs.running() == []
