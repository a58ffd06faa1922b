"""The plates service in this process, with a toy model, to be called over real gRPC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from protos.plates.v1 import plates_pb2_grpc
from services.plates.server import DEFINITION
from tests.services.conftest import RunningService
from tests.services.toy_detector import SPEC, build_detector


@pytest.fixture(scope="session")
def detector_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_detector(tmp_path_factory.mktemp("detector") / "model.onnx", SPEC.to_metadata())


@pytest.fixture
def start_plates(
    start_service: Callable[..., RunningService], detector_path: Path
) -> Callable[..., RunningService]:
    """Starts the plates service on free ports; ends it after the test."""

    def start(**changes: Any) -> RunningService:
        return start_service(DEFINITION, **{"model": detector_path, **changes})

    return start


@pytest.fixture
def stub_to() -> Iterator[Callable[[RunningService], plates_pb2_grpc.PlateServiceStub]]:
    channels: list[grpc.Channel] = []

    def make(service: RunningService) -> plates_pb2_grpc.PlateServiceStub:
        channels.append(grpc.insecure_channel(service.address))
        return plates_pb2_grpc.PlateServiceStub(channels[-1])

    yield make
    for channel in channels:
        channel.close()
