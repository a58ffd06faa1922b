from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.processes import free_port
from client import ServiceUnavailable, SteeringClient, wait_until_serving
from protos.endpoints import METRICS_PORT_OFFSET, STEERING
from tests.end_to_end.conftest import Programs


def test_serve_steering_from_start_to_sigterm(programs: Programs, tmp_path: Path) -> None:
    port = free_port(offset=METRICS_PORT_OFFSET)
    address = f"127.0.0.1:{port}"
    service = programs.start("serve", "steering", "--port", str(port))
    wait_until_serving(address, STEERING, timeout_s=120)
    picture = np.random.default_rng(0).integers(0, 256, (160, 320, 3), dtype=np.uint8)
    with SteeringClient(address, timeout_s=30) as client:
        prediction = client.predict(picture, frame_id="first")
        assert -1 <= prediction.steering <= 1
        assert prediction.frame_id == "first"
        assert client.model_info().task == "steering"
    cv2.imwrite(str(tmp_path / "road.png"), picture)
    words = ("predict", "steering", "road.png", "--address", address, "--form", "json")
    asked = programs.run(*words)
    assert asked.popen.returncode == 0
    assert f'"steering": {prediction.steering:.4f}'[:-2] in asked.text()
    assert service.terminate() == 0
    with pytest.raises(ServiceUnavailable):
        wait_until_serving(address, STEERING, timeout_s=0.1)
    assert programs.running() == []


def test_serve_on_a_port_that_is_taken_fails_and_names_it(programs: Programs) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        service = programs.run("serve", "steering", "--port", port, "--no-metrics")
    assert service.popen.returncode == 1
    assert port in service.text()
    assert "Traceback" not in service.text()


def test_serve_all_stops_everything_when_one_of_them_dies(programs: Programs) -> None:
    programs_before = programs.running()
    assert programs_before == []
    # The default ports may be taken on this machine: then it must fail, and still leave nothing.
    everything = programs.start("serve", "all")
    while not (services := programs.running("serve steering")):
        assert everything.popen.poll() is None, everything.text()
    os.kill(services[0], signal.SIGKILL)
    assert everything.popen.wait() == 1
    assert "steering service ended" in everything.text()
    assert programs.running() == []
