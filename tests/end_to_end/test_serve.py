from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.processes import free_port
from client import (
    DetectionClient,
    PlateClient,
    SegmentationChoice,
    SegmentationClient,
    ServiceUnavailable,
    SteeringClient,
    wait_until_serving,
)
from protos.endpoints import DETECTION, METRICS_PORT_OFFSET, PLATES, SEGMENTATION, STEERING
from tests.end_to_end.conftest import Programs
from tests.services import conftest as toy_steering
from tests.services import toy_detection, toy_detector, toy_segmentation


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


def plates_scene() -> np.ndarray:
    """A red rectangle, which the toy detectors take for a plate or for a car."""
    pixels = np.full((240, 320, 3), 20, np.uint8)
    pixels[30:70, 40:120, 2] = 255
    return pixels


def test_serve_plates_from_start_to_sigterm(programs: Programs, tmp_path: Path) -> None:
    metadata = toy_detector.SPEC.to_metadata()
    model = toy_detector.build_detector(tmp_path / "model.onnx", metadata)
    port = free_port(offset=METRICS_PORT_OFFSET)
    address = f"127.0.0.1:{port}"
    service = programs.start("serve", "plates", "--port", str(port), "--model", model)
    wait_until_serving(address, PLATES, timeout_s=120)
    with PlateClient(address, timeout_s=30) as client:
        (found,) = client.detect(plates_scene(), frame_id="first").detections
        np.testing.assert_allclose(
            [found.x_min, found.y_min, found.x_max, found.y_max], [40, 30, 120, 70], atol=3
        )
        assert client.model_info().task == "plates"
    cv2.imwrite(str(tmp_path / "car.png"), plates_scene())
    asked = programs.run("predict", "plates", "car.png", "--address", address, "--form", "json")
    assert asked.popen.returncode == 0
    assert '"label": "plate"' in asked.text()
    assert (tmp_path / "runs" / "predict" / "car.png").exists()
    assert service.terminate() == 0
    with pytest.raises(ServiceUnavailable):
        wait_until_serving(address, PLATES, timeout_s=0.1)
    assert programs.running() == []


def test_serve_detection_from_start_to_sigterm(programs: Programs, tmp_path: Path) -> None:
    metadata = toy_detection.SPEC.to_metadata()
    model = toy_detection.build_detection(tmp_path / "model.onnx", metadata)
    port = free_port(offset=METRICS_PORT_OFFSET)
    address = f"127.0.0.1:{port}"
    service = programs.start("serve", "detection", "--port", str(port), "--model", model)
    wait_until_serving(address, DETECTION, timeout_s=120)
    with DetectionClient(address, timeout_s=30) as client:
        (found,) = client.detect(plates_scene(), frame_id="first").detections
        np.testing.assert_allclose(
            [found.x_min, found.y_min, found.x_max, found.y_max], [40, 30, 120, 70], atol=3
        )
        assert client.model_info().task == "detection"
    cv2.imwrite(str(tmp_path / "road.png"), plates_scene())
    words = ("predict", "detection", "road.png", "--address", address, "--form", "json")
    asked = programs.run(*words)
    assert asked.popen.returncode == 0
    assert '"label": "car"' in asked.text()
    assert (tmp_path / "runs" / "predict" / "road.png").exists()
    assert service.terminate() == 0
    assert "[W:onnxruntime" not in service.text()
    with pytest.raises(ServiceUnavailable):
        wait_until_serving(address, DETECTION, timeout_s=0.1)
    assert programs.running() == []


def test_serve_segmentation_from_start_to_sigterm(programs: Programs, tmp_path: Path) -> None:
    metadata = toy_segmentation.SPEC.to_metadata()
    model = toy_segmentation.build_segmenter(tmp_path / "model.onnx", metadata)
    pixels, truth = toy_segmentation.road_scene(240, 320)
    port = free_port(offset=METRICS_PORT_OFFSET)
    address = f"127.0.0.1:{port}"
    service = programs.start("serve", "segmentation", "--port", str(port), "--model", model)
    wait_until_serving(address, SEGMENTATION, timeout_s=120)
    with SegmentationClient(address, timeout_s=30) as client:
        reply = client.segment(pixels, "first", SegmentationChoice(drivable_area=True))
        assert (reply.class_map == truth).mean() > 0.97
        assert len(reply.drivable_area) == 1
        assert client.model_info().task == "segmentation"
    cv2.imwrite(str(tmp_path / "road.png"), pixels)
    words = ("predict", "segmentation", "road.png", "--address", address, "--form", "csv")
    asked = programs.run(*words)
    assert asked.popen.returncode == 0
    assert "road.png,,road,0.4" in asked.text()
    written = tmp_path / "runs" / "predict"
    for name in ("road.png", "legend.png", "class_maps/road.png", "segmentation.json"):
        assert (written / name).exists()
    assert service.terminate() == 0
    assert "[W:onnxruntime" not in service.text()
    with pytest.raises(ServiceUnavailable):
        wait_until_serving(address, SEGMENTATION, timeout_s=0.1)
    assert programs.running() == []


def test_predict_starts_a_service_of_its_own_and_stops_it(
    programs: Programs, tmp_path: Path
) -> None:
    repository = toy_repository(tmp_path / "models")
    cv2.imwrite(str(tmp_path / "car.png"), plates_scene())
    asked = programs.run(
        "predict", "plates", "car.png", "--with-service", "--crops", "--form", "csv",
        ROADSIGHT_MODEL_REPOSITORY=str(repository),
    )  # fmt: skip
    assert asked.popen.returncode == 0, asked.text()
    assert "car.png,,plate,1.0000," in asked.text()
    assert (tmp_path / "runs" / "predict" / "crops" / "car.png.1.jpg").exists()
    assert programs.running() == []


def test_predict_says_why_its_own_service_did_not_start(programs: Programs, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "car.png"), plates_scene())
    (tmp_path / "empty").mkdir()
    asked = programs.run(
        "predict", "plates", "car.png", "--with-service",
        ROADSIGHT_MODEL_REPOSITORY=str(tmp_path / "empty"),
    )  # fmt: skip
    assert asked.popen.returncode == 1
    assert "the plates service ended" in asked.text()
    assert "train and export one" in asked.text()
    assert "Traceback" not in asked.text()
    assert programs.running() == []


def toy_repository(folder: Path) -> Path:
    """A model for each service."""
    toy_steering.build_model(
        folder / "steering" / "1" / "model.onnx", toy_steering.SPEC.to_metadata()
    )
    toy_detector.build_detector(
        folder / "plates" / "1" / "model.onnx", toy_detector.SPEC.to_metadata()
    )
    toy_detection.build_detection(
        folder / "detection" / "1" / "model.onnx", toy_detection.SPEC.to_metadata()
    )
    toy_segmentation.build_segmenter(
        folder / "segmentation" / "1" / "model.onnx", toy_segmentation.SPEC.to_metadata()
    )
    return folder


def test_serve_on_a_port_that_is_taken_fails_and_names_it(programs: Programs) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        service = programs.run("serve", "steering", "--port", port, "--no-metrics")
    assert service.popen.returncode == 1
    assert port in service.text()
    assert "Traceback" not in service.text()


def test_serve_all_stops_everything_when_one_of_them_dies(
    programs: Programs, tmp_path: Path
) -> None:
    repository = toy_repository(tmp_path / "models")
    programs_before = programs.running()
    assert programs_before == []
    # The default ports may be taken on this machine: then it must fail, and still leave nothing.
    everything = programs.start("serve", "all", ROADSIGHT_MODEL_REPOSITORY=str(repository))
    while not (services := programs.running("serve steering")):
        assert everything.popen.poll() is None, everything.text()
    os.kill(services[0], signal.SIGKILL)
    assert everything.popen.wait() == 1
    assert "steering service ended" in everything.text()
    assert programs.running() == []
