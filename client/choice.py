"""What a caller may want of all that a detector finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from client.images import Picture, to_message
from protos.detection.v1 import detection_pb2
from protos.plates.v1 import plates_pb2


@dataclass(frozen=True)
class Choice:
    """What is wanted; what is left out is as the model says.

    Attributes:
        score_threshold: the lowest score that counts, 0..1.
        iou_threshold: the overlap above which only the better of two boxes is answered, 0..1.
        max_detections: the best this many, 1..1000.
        labels: the wanted classes by name; all of them if empty.
        with_crops: whether a straightened picture of each plate is sent too; of plates only.
    """

    score_threshold: float | None = None
    iou_threshold: float | None = None
    max_detections: int | None = None
    labels: tuple[str, ...] = ()
    with_crops: bool = False


DEFAULT_CHOICE = Choice()


def plate_request(picture: Picture, choice: Choice, frame_id: str = "") -> plates_pb2.DetectRequest:
    """The protobuf message that asks for the plates in a picture.

    Raises:
        ValueError: a picture or a choice that no message can hold.
    """
    return plates_pb2.DetectRequest(
        **_fields(picture, choice, frame_id), with_crops=choice.with_crops
    )


def detection_request(
    picture: Picture, choice: Choice, frame_id: str = ""
) -> detection_pb2.DetectRequest:
    """The protobuf message that asks for the traffic objects in a picture.

    Raises:
        ValueError: a picture or a choice that no message can hold, or crops are wanted.
    """
    if choice.with_crops:
        raise ValueError("with_crops: expected no crops, which only plates have")
    return detection_pb2.DetectRequest(**_fields(picture, choice, frame_id))


def _fields(picture: Picture, choice: Choice, frame_id: str) -> dict[str, Any]:
    """The fields that the requests of all detectors have."""
    return {
        "image": to_message(picture, frame_id),
        "score_threshold": choice.score_threshold,
        "iou_threshold": choice.iou_threshold,
        "max_detections": choice.max_detections,
        "labels": choice.labels,
    }
