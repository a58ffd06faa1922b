"""Each service answers over gRPC from outside its container, and is locked in as promised."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from cli.main import main
from client import DetectionClient, PlateClient, SegmentationClient, SteeringClient
from protos.endpoints import DETECTION, PLATES, SEGMENTATION, SERVICES, STEERING
from services.runtime.errors import StartError
from services.runtime.model_file import find_model
from tests.containers.conftest import ROOT, Stack

PICTURE = cv2.imencode(".jpg", np.full((360, 640, 3), 90, np.uint8))[1].tobytes()


def shipped(name: str) -> bool:
    try:
        find_model(ROOT / "models", name)
    except StartError:
        return False
    return True


def test_every_service_answers_from_outside(
    start_stack: Callable[..., Stack], capsys: pytest.CaptureFixture[str]
) -> None:
    stack = start_stack("services")
    running = stack.compose("ps", "--services").split()
    wanted = [endpoint for endpoint in SERVICES if shipped(endpoint.name)]
    assert sorted(running) == sorted(["bridge", *(f"{one.name}-published" for one in wanted)])
    for endpoint in wanted:
        assert main(["health", endpoint.name, "--address", stack.address(endpoint)]) == 0
    with SteeringClient(stack.address(STEERING), timeout_s=30) as steering:
        assert -1 <= steering.predict(PICTURE).steering <= 1
        assert steering.model_info().execution_provider == "CPUExecutionProvider"
    with PlateClient(stack.address(PLATES), timeout_s=30) as plates:
        assert plates.detect(PICTURE).image_width == 640
    if DETECTION in wanted:
        with DetectionClient(stack.address(DETECTION), timeout_s=30) as detection:
            assert detection.detect(PICTURE).image_width == 640
    if SEGMENTATION in wanted:
        with SegmentationClient(stack.address(SEGMENTATION), timeout_s=30) as segmentation:
            assert segmentation.segment(PICTURE).class_map.shape == (360, 640)
    with urllib.request.urlopen("http://127.0.0.1:4567/healthz") as reply:
        assert b'"steering_service":"ok"' in reply.read().replace(b" ", b"")


def test_containers_are_locked_in(start_stack: Callable[..., Stack]) -> None:
    stack = start_stack("cpu")
    for container in stack.containers():
        found = stack.inspect(container)
        host = found["HostConfig"]
        assert found["Config"]["User"] == "10001:10001"
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert host["Memory"] > 0
        assert host["NanoCpus"] > 0
        assert 0 < host["PidsLimit"] <= 128
        assert host["RestartPolicy"]["Name"] == "unless-stopped"
        published = {port for ports in host["PortBindings"].values() for port in map(str, ports)}
        name = found["Config"]["Labels"]["com.docker.compose.service"]
        assert bool(published) == (name == "bridge")
        assert all("127.0.0.1" in port for port in published)


def test_the_models_cannot_be_written(start_stack: Callable[..., Stack]) -> None:
    stack = start_stack("cpu")
    script = (
        "import services, sys, pathlib; "
        "root = pathlib.Path(services.__file__).parents[1] / 'models'; "
        "path = next(root.glob('*/*/model.onnx')); "
        "sys.exit(0 if not __import__('os').access(path, 2) and path.stat().st_uid == 0 else 1)"
    )
    stack.compose("exec", "--no-TTY", "steering", "python3", "-c", script)
