"""The answers of the services that find boxes as plain, immutable values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from client.replies import Timing
from protos.common.v1 import common_pb2
from protos.detection.v1 import detection_pb2
from protos.plates.v1 import plates_pb2


@dataclass(frozen=True)
class Detection:
    """One object found in a picture.

    Attributes:
        x_min: left edge of its box, in pixels of the sent picture.
        y_min: upper edge.
        x_max: right edge.
        y_max: lower edge.
        label: its class by name.
        class_id: its class by number.
        score: how sure the model is, 0..1.
    """

    x_min: float
    y_min: float
    x_max: float
    y_max: float
    label: str
    class_id: int
    score: float

    @classmethod
    def from_message(cls, message: common_pb2.Detection) -> Detection:
        """Reads the protobuf message."""
        box = message.box
        return cls(
            x_min=box.x_min,
            y_min=box.y_min,
            x_max=box.x_max,
            y_max=box.y_max,
            label=message.label,
            class_id=message.class_id,
            score=message.score,
        )


@dataclass(frozen=True)
class Detections:
    """What was found in a picture.

    Attributes:
        detections: best first.
        image_width: of the sent picture, in pixels.
        image_height: of the sent picture, in pixels.
        frame_id: the name that was sent with the picture.
        timing: where the time went on the server.
    """

    detections: tuple[Detection, ...]
    image_width: int
    image_height: int
    frame_id: str
    timing: Timing

    @classmethod
    def from_message(cls, message: detection_pb2.DetectResponse) -> Self:
        """Reads the protobuf message."""
        return cls(**_fields(message))


@dataclass(frozen=True)
class PlateCrop:
    """A plate cut out of the picture.

    Attributes:
        jpeg: the plate, upright and without perspective, a JPEG file.
        corners: x and y of its corners in pixels of the sent picture: top left, top right, bottom
            right, bottom left as one reads the plate.
        straightened: whether edges of a plate were found; if not, it is what lies in the box.
    """

    jpeg: bytes
    corners: tuple[tuple[float, float], ...]
    straightened: bool

    @classmethod
    def from_message(cls, message: plates_pb2.PlateCrop) -> PlateCrop:
        """Reads the protobuf message."""
        corners = tuple((point.x, point.y) for point in message.corners)
        return cls(message.jpeg, corners, message.straightened)


@dataclass(frozen=True)
class PlateDetections(Detections):
    """The plates in a picture.

    Attributes:
        crops: a picture of each of the first 100 plates in the order of ``detections``, if wanted.
    """

    crops: tuple[PlateCrop, ...]

    @classmethod
    def from_message(cls, message: plates_pb2.DetectResponse) -> Self:
        """Reads the protobuf message."""
        crops = tuple(map(PlateCrop.from_message, message.crops))
        return cls(**_fields(message), crops=crops)


def _fields(message: detection_pb2.DetectResponse | plates_pb2.DetectResponse) -> dict[str, Any]:
    """The fields that the replies of all detectors have."""
    return {
        "detections": tuple(map(Detection.from_message, message.detections)),
        "image_width": message.image_width,
        "image_height": message.image_height,
        "frame_id": message.frame_id,
        "timing": Timing.from_message(message.timing),
    }
