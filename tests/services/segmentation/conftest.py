"""The segmentation service in this process, with a toy model, to be called over real gRPC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from protos.segmentation.v1 import segmentation_pb2_grpc
from services.segmentation.server import DEFINITION
from tests.services.conftest import RunningService
from tests.services.toy_segmentation import SPEC, build_segmenter


@pytest.fixture(scope="session")
def segmenter_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("segmentation")
    return build_segmenter(folder / "model.onnx", SPEC.to_metadata())


@pytest.fixture
def start_segmentation(
    start_service: Callable[..., RunningService], segmenter_path: Path
) -> Callable[..., RunningService]:
    """Starts the segmentation service on free ports; ends it after the test."""

    def start(**changes: Any) -> RunningService:
        return start_service(DEFINITION, **{"model": segmenter_path, **changes})

    return start


@pytest.fixture
def stub_to() -> Iterator[
    Callable[[RunningService], segmentation_pb2_grpc.SegmentationServiceStub]
]:
    channels: list[grpc.Channel] = []

    def make(service: RunningService) -> segmentation_pb2_grpc.SegmentationServiceStub:
        channels.append(grpc.insecure_channel(service.address))
        return segmentation_pb2_grpc.SegmentationServiceStub(channels[-1])

    yield make
    for channel in channels:
        channel.close()
