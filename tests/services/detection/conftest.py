"""The detection service in this process, with a toy model, to be called over real gRPC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from protos.detection.v1 import detection_pb2_grpc
from services.detection.server import DEFINITION
from tests.services.conftest import RunningService
from tests.services.toy_detection import SPEC, build_detection


@pytest.fixture(scope="session")
def detection_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_detection(tmp_path_factory.mktemp("detection") / "model.onnx", SPEC.to_metadata())


@pytest.fixture
def start_detection(
    start_service: Callable[..., RunningService], detection_path: Path
) -> Callable[..., RunningService]:
    """Starts the detection service on free ports; ends it after the test."""

    def start(**changes: Any) -> RunningService:
        return start_service(DEFINITION, **{"model": detection_path, **changes})

    return start


@pytest.fixture
def stub_to() -> Iterator[Callable[[RunningService], detection_pb2_grpc.DetectionServiceStub]]:
    channels: list[grpc.Channel] = []

    def make(service: RunningService) -> detection_pb2_grpc.DetectionServiceStub:
        channels.append(grpc.insecure_channel(service.address))
        return detection_pb2_grpc.DetectionServiceStub(channels[-1])

    yield make
    for channel in channels:
        channel.close()
