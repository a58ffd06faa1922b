"""The blocking client of the segmentation service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from client.channel import DEFAULT_TIMEOUT_S
from client.images import Picture
from client.segmentation import (
    CLASS_MAP_ONLY,
    Segmentation,
    SegmentationChoice,
    SegmentationClass,
    segmentation_request,
)
from client.sync_base import SyncClient
from protos.endpoints import SEGMENTATION
from protos.segmentation.v1 import segmentation_pb2, segmentation_pb2_grpc


class SegmentationClient(SyncClient):
    """Calls a segmentation service. Safe to use from several threads; a context manager.

    Args:
        address: ``host:port`` of the service.
        timeout_s: deadline of each unary call in seconds, unless the call names its own.
    """

    def __init__(
        self,
        address: str = f"127.0.0.1:{SEGMENTATION.port}",
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        super().__init__(
            address,
            timeout_s,
            segmentation_pb2_grpc.SegmentationServiceStub,
            segmentation_pb2.GetModelInfoRequest,
        )

    def segment(
        self,
        picture: Picture,
        frame_id: str = "",
        choice: SegmentationChoice = CLASS_MAP_ONLY,
        timeout_s: float | None = None,
    ) -> Segmentation:
        """The class of each pixel of one picture.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = segmentation_request(picture, choice, frame_id)
        return Segmentation.from_message(self._call(self._stub.Segment, request, timeout_s))

    def segment_stream(
        self,
        pictures: Iterable[Picture],
        timeout_s: float,
        choice: SegmentationChoice = CLASS_MAP_ONLY,
    ) -> Iterator[Segmentation]:
        """The classes of the pixels of a stream of pictures, one answer each, in order.

        Args:
            pictures: the pictures; taken in another thread, as soon as the service can take them.
            timeout_s: deadline of the whole stream in seconds.
            choice: what is wanted beside the class maps.

        Raises:
            ServiceError: the stream ended early; its subclasses say why.
        """
        requests = (segmentation_request(picture, choice) for picture in pictures)
        for reply in self._stream(self._stub.SegmentStream, requests, timeout_s):
            yield Segmentation.from_message(reply)

    def classes(self, timeout_s: float | None = None) -> tuple[SegmentationClass, ...]:
        """The classes of the model that is served, in the order of their ids.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = segmentation_pb2.GetModelInfoRequest()
        reply = self._call(self._stub.GetModelInfo, request, timeout_s)
        return tuple(map(SegmentationClass.from_message, reply.classes))
