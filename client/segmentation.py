"""What the segmentation service is asked and answers: plain, immutable values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from client.images import Picture, to_message
from client.replies import Timing
from protos.segmentation.v1 import segmentation_pb2

IGNORED = 255
"""Stands in a class map where a pixel has no class."""

Corners = tuple[tuple[int, int], ...]
"""x and y of the corners of an outline in turn, in pixels of the sent picture."""


@dataclass(frozen=True)
class SegmentationChoice:
    """What is wanted beside the class map.

    Attributes:
        overlay: the picture with the classes' colours laid over it.
        overlay_opacity: how much the colours hide of the picture, 0..1; the service's own if None.
        drivable_area: outlines of what may be driven on.
        min_confidence: pixels of whose class the model is less sure get none, 0..1; all have one
            if None.
    """

    overlay: bool = False
    overlay_opacity: float | None = None
    drivable_area: bool = False
    min_confidence: float | None = None


CLASS_MAP_ONLY = SegmentationChoice()


@dataclass(frozen=True)
class SegmentationClass:
    """A class of the model that is served.

    Attributes:
        class_id: its value in class maps.
        label: its name.
        colour: red, green, blue in overlays, each 0..255.
        drivable: whether it belongs to the drivable area.
    """

    class_id: int
    label: str
    colour: tuple[int, int, int]
    drivable: bool

    @classmethod
    def from_message(cls, message: segmentation_pb2.ClassInfo) -> SegmentationClass:
        """Reads the protobuf message."""
        colour = (message.red, message.green, message.blue)
        return cls(message.class_id, message.label, colour, message.drivable)


@dataclass(frozen=True)
class Polygon:
    """A connected area that may be driven on.

    Attributes:
        points: its outline.
        holes: outlines of what lies within and does not belong to it.
        share: the area without its holes as a share of the picture, 0..1.
    """

    points: Corners
    holes: tuple[Corners, ...]
    share: float

    @classmethod
    def from_message(cls, message: segmentation_pb2.Polygon) -> Polygon:
        """Reads the protobuf message."""
        holes = tuple(_corners(hole.points) for hole in message.holes)
        return cls(_corners(message.points), holes, message.share)


@dataclass(frozen=True)
class Segmentation:
    """The classes of a picture's pixels.

    Attributes:
        class_map_png: the class map as the service sent it, a grey PNG file.
        labels: the classes in the order of their ids.
        shares: of the picture that each class covers, by label, 0..1.
        image_width: of the sent picture, in pixels.
        image_height: of the sent picture, in pixels.
        drivable_area: what may be driven on, the largest area first; if wanted.
        overlay_jpeg: the picture with the classes' colours over it, a JPEG file; empty if it is
            not wanted.
        frame_id: the name that was sent with the picture.
        timing: where the time went on the server.
    """

    class_map_png: bytes
    labels: tuple[str, ...]
    shares: Mapping[str, float]
    image_width: int
    image_height: int
    drivable_area: tuple[Polygon, ...]
    overlay_jpeg: bytes
    frame_id: str
    timing: Timing

    @property
    def class_map(self) -> npt.NDArray[np.uint8]:
        """The class map, uint8, (image_height, image_width): class ids, or ``IGNORED``.

        Raises:
            ValueError: what the service sent is no such PNG.
        """
        data = np.frombuffer(self.class_map_png, dtype=np.uint8)
        class_map = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
        size = (self.image_height, self.image_width)
        if class_map is None or class_map.shape != size or class_map.dtype != np.uint8:
            raise ValueError(f"the service's class map is not a grey 8-bit PNG of {size} pixels")
        return np.asarray(class_map, dtype=np.uint8)

    @classmethod
    def from_message(cls, message: segmentation_pb2.SegmentResponse) -> Segmentation:
        """Reads the protobuf message."""
        return cls(
            class_map_png=message.class_map_png,
            labels=tuple(message.labels),
            shares={share.label: share.share for share in message.shares},
            image_width=message.image_width,
            image_height=message.image_height,
            drivable_area=tuple(map(Polygon.from_message, message.drivable_area)),
            overlay_jpeg=message.overlay_jpeg,
            frame_id=message.frame_id,
            timing=Timing.from_message(message.timing),
        )


def segmentation_request(
    picture: Picture, choice: SegmentationChoice, frame_id: str = ""
) -> segmentation_pb2.SegmentRequest:
    """The protobuf message that asks for the class map of a picture.

    Raises:
        ValueError: a picture or a choice that no message can hold.
    """
    return segmentation_pb2.SegmentRequest(
        image=to_message(picture, frame_id),
        overlay=choice.overlay,
        overlay_opacity=choice.overlay_opacity,
        drivable_area=choice.drivable_area,
        min_confidence=choice.min_confidence,
    )


def _corners(points: Iterable[segmentation_pb2.Point]) -> Corners:
    return tuple((point.x, point.y) for point in points)
