"""A small steering model made on the spot, and services in this process to call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import grpc
import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from protos.steering.v1 import steering_pb2_grpc
from services.runtime.server import ServiceDefinition, serve
from services.runtime.settings import ServiceSettings
from services.steering.server import DEFINITION
from vision.model_spec import ModelSpec
from vision.preprocessing import Crop

WIDTH, HEIGHT = 200, 66
SPEC = ModelSpec(
    task="steering",
    name="toy",
    version="3",
    labels=("steering", "speed_mph"),
    input_width=WIDTH,
    input_height=HEIGHT,
    colour_order="BGR",
    crop=Crop(top=60 / 160, bottom=25 / 160),
    training_data=("drawn",),
    scores={"r": 0.5},
)


def build_model(path: Path, metadata: dict[str, str], gain: float = 1.0) -> Path:
    """A model that steers to the brighter side: (right - left) / 255 x gain, in mean brightness.

    Its second output is the mean brightness. Two convolutions give feature maps.
    """
    side = np.zeros((WIDTH, 1), dtype=np.float32)
    side[: WIDTH // 2], side[WIDTH // 2 :] = -2 * gain / WIDTH / 255, 2 * gain / WIDTH / 255
    constants = {
        "side": np.concatenate([side, np.full_like(side, 1 / WIDTH)], axis=1),
        "kernel_1": np.full((2, 3, 5, 5), 1 / 75, dtype=np.float32),
        "kernel_2": np.full((2, 2, 3, 3), 1 / 18, dtype=np.float32),
        "rows_channels": np.array([1, 3], dtype=np.int64),
        "channels": np.array([1], dtype=np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float", "rows_channels"], ["columns"], keepdims=0),
        helper.make_node("MatMul", ["columns", "side"], ["predictions"]),
        helper.make_node("Transpose", ["float"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["nchw", "kernel_1"], ["conv_1"], strides=[2, 2]),
        helper.make_node("Relu", ["conv_1"], ["relu_1"]),
        helper.make_node("ReduceMean", ["relu_1", "channels"], ["feature_map_1"], keepdims=0),
        helper.make_node("Conv", ["relu_1", "kernel_2"], ["conv_2"]),
        helper.make_node("ReduceMean", ["conv_2", "channels"], ["feature_map_2"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", HEIGHT, WIDTH, 3])],
        [
            helper.make_tensor_value_info("predictions", TensorProto.FLOAT, ["N", 2]),
            helper.make_tensor_value_info("feature_map_1", TensorProto.FLOAT, ["N", 31, 98]),
            helper.make_tensor_value_info("feature_map_2", TensorProto.FLOAT, ["N", 29, 96]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    for key, value in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


ModelBuilder = Callable[..., Path]


@pytest.fixture(scope="session")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("models") / "model.onnx", SPEC.to_metadata())


@pytest.fixture
def make_model(tmp_path: Path) -> ModelBuilder:
    """Builds a model with other metadata, or another gain."""

    def make(metadata: dict[str, str] | None = None, gain: float = 1.0) -> Path:
        given = SPEC.to_metadata() if metadata is None else metadata
        return build_model(tmp_path / "model.onnx", given, gain)

    return make


def picture(left: int = 50, right: int = 150, size: tuple[int, int] = (160, 320)) -> npt.NDArray:
    """A picture with a dark and a bright side: uint8, (H, W, 3), BGR."""
    height, width = size
    pixels = np.full((height, width, 3), left, dtype=np.uint8)
    pixels[:, width // 2 :] = right
    return pixels


@pytest.fixture
def road() -> npt.NDArray:
    return picture()


@pytest.fixture
def jpeg(road: npt.NDArray) -> bytes:
    return cv2.imencode(".jpg", road)[1].tobytes()


@dataclass
class RunningService:
    """A service that runs in a thread of this process."""

    address: str
    metrics_url: str
    stop: Callable[[], None]


@pytest.fixture
def start_service(model_path: Path) -> Iterator[Callable[..., RunningService]]:
    """Starts a service on free ports, the steering service unless told; ends it after the test."""
    running: list[RunningService] = []

    def start(definition: ServiceDefinition = DEFINITION, **changes: Any) -> RunningService:
        changes = {"port": 0, "metrics_port": 0, "model": model_path, "drain_s": 5.0, **changes}
        settings = ServiceSettings(**changes)
        ready: list[tuple[str, str]] = []
        up = threading.Event()
        failure: list[BaseException] = []
        loop = asyncio.new_event_loop()
        stop = asyncio.Event()

        def on_ready(port: int, metrics_port: int | None) -> None:
            ready.append(
                (f"127.0.0.1:{port}", f"http://127.0.0.1:{metrics_port}/metrics"),
            )
            up.set()

        def work() -> None:
            try:
                loop.run_until_complete(serve(settings, definition, stop, on_ready))
            except BaseException as error:
                failure.append(error)
            finally:
                up.set()

        thread = threading.Thread(target=work)
        thread.start()
        up.wait()
        if failure:
            thread.join()
            raise failure[0]

        def end() -> None:
            loop.call_soon_threadsafe(stop.set)
            thread.join()

        running.append(RunningService(*ready[0], end))
        return running[-1]

    yield start
    for service in running:
        service.stop()


@pytest.fixture
def stub_of() -> Iterator[Callable[[RunningService], steering_pb2_grpc.SteeringServiceStub]]:
    """Raw gRPC stubs; what they cannot do, no client can."""
    channels: list[grpc.Channel] = []

    def make(service: RunningService) -> steering_pb2_grpc.SteeringServiceStub:
        channels.append(
            grpc.insecure_channel(
                service.address, options=[("grpc.max_send_message_length", 64 * 1024 * 1024)]
            )
        )
        return steering_pb2_grpc.SteeringServiceStub(channels[-1])

    yield make
    for channel in channels:
        channel.close()
