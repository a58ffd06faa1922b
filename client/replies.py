"""What all services answer, and the answers of the steering service: plain, immutable values."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from protos.common.v1 import common_pb2
from protos.steering.v1 import steering_pb2


@dataclass(frozen=True)
class Timing:
    """Where the time of a request went on the server, in milliseconds."""

    decode_ms: float
    queue_ms: float
    preprocess_ms: float
    inference_ms: float
    postprocess_ms: float

    @classmethod
    def from_message(cls, message: common_pb2.Timing) -> Timing:
        """Reads the protobuf message."""
        return cls(
            message.decode_ms,
            message.queue_ms,
            message.preprocess_ms,
            message.inference_ms,
            message.postprocess_ms,
        )


@dataclass(frozen=True)
class ModelInfo:
    """What a service serves, and on what it really runs; fields as in ``common.proto``."""

    task: str
    name: str
    version: str
    sha256: str
    labels: tuple[str, ...]
    input_width: int
    input_height: int
    execution_provider: str
    precision: str

    @classmethod
    def from_message(cls, message: common_pb2.ModelInfo) -> ModelInfo:
        """Reads the protobuf message."""
        return cls(
            task=message.task,
            name=message.name,
            version=message.version,
            sha256=message.sha256,
            labels=tuple(message.labels),
            input_width=message.input_width,
            input_height=message.input_height,
            execution_provider=message.execution_provider,
            precision=message.precision,
        )


@dataclass(frozen=True)
class SteeringPrediction:
    """A steering angle.

    Attributes:
        steering: normalised angle, -1..1, positive to the right.
        frame_id: the name that was sent with the picture.
        timing: where the time went on the server.
        speed_mph: the recorded driver's speed in such a place, from models that predict it.
        throttle: the recorded driver's throttle, 0..1, from models that predict it.
    """

    steering: float
    frame_id: str
    timing: Timing
    speed_mph: float | None
    throttle: float | None

    @classmethod
    def from_message(cls, message: steering_pb2.PredictResponse) -> SteeringPrediction:
        """Reads the protobuf message."""
        return cls(
            steering=message.steering,
            frame_id=message.frame_id,
            timing=Timing.from_message(message.timing),
            speed_mph=message.speed_mph if message.HasField("speed_mph") else None,
            throttle=message.throttle if message.HasField("throttle") else None,
        )


@dataclass(frozen=True)
class SteeringExplanation:
    """Where the network looked.

    Attributes:
        steering: normalised angle, -1..1, positive to the right.
        heat_map: uint8, (H, W), in the size of the sent picture; 255 = looked at most.
        overlay_jpeg: the sent picture with the heat map laid over it, a JPEG file.
        frame_id: the name that was sent with the picture.
        timing: where the time went on the server.
    """

    steering: float
    heat_map: npt.NDArray[np.uint8]
    overlay_jpeg: bytes
    frame_id: str
    timing: Timing

    @classmethod
    def from_message(cls, message: steering_pb2.ExplainResponse) -> SteeringExplanation:
        """Reads the protobuf message."""
        heat_map = cv2.imdecode(
            np.frombuffer(message.heat_map_png, dtype=np.uint8), cv2.IMREAD_GRAYSCALE
        )
        if heat_map is None:
            raise ValueError("the service's heat map is not a PNG")
        return cls(
            steering=message.steering,
            heat_map=np.asarray(heat_map, dtype=np.uint8),
            overlay_jpeg=message.overlay_jpeg,
            frame_id=message.frame_id,
            timing=Timing.from_message(message.timing),
        )
