"""The segmentation contract: converts requests and replies, and leaves the rest to others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeAlias

import cv2
import grpc.aio

from protos.segmentation.v1 import segmentation_pb2, segmentation_pb2_grpc
from services.runtime.calls import Calls
from services.runtime.errors import UnsupportedByModelError
from services.runtime.fields import share_of
from services.runtime.images import ImageLimits, decode
from services.runtime.stages import StageClock
from services.segmentation.messages import class_messages, polygon_messages, share_messages
from services.segmentation.network import SegmentationNetwork
from vision.class_map import to_png
from vision.class_map_drawing import OPACITY, overlay
from vision.drivable_area import areas_of

SegmentContext: TypeAlias = (
    "grpc.aio.ServicerContext[segmentation_pb2.SegmentRequest, segmentation_pb2.SegmentResponse]"
)

_JPEG_QUALITY = 90
"""Overlays are for people."""


class SegmentationServicer(segmentation_pb2_grpc.SegmentationServiceServicer):
    """Answers the calls of ``segmentation.proto``.

    Args:
        network: the model.
        calls: runs the requests.
        limits: the pictures that are accepted.
    """

    def __init__(self, network: SegmentationNetwork, calls: Calls, limits: ImageLimits) -> None:
        self._network = network
        self._calls = calls
        self._limits = limits

    async def Segment(  # noqa: N802
        self, request: segmentation_pb2.SegmentRequest, context: SegmentContext
    ) -> segmentation_pb2.SegmentResponse:
        """The class map of one picture."""
        return await self._calls.answer("Segment", context, request, self._segment)

    async def SegmentStream(  # noqa: N802
        self, requests: AsyncIterator[segmentation_pb2.SegmentRequest], context: SegmentContext
    ) -> AsyncIterator[segmentation_pb2.SegmentResponse]:
        """The class map of each picture of a stream."""
        async for reply in self._calls.answer_stream(
            "SegmentStream", context, requests, self._segment
        ):
            yield reply

    async def GetModelInfo(  # noqa: N802
        self,
        request: segmentation_pb2.GetModelInfoRequest,  # noqa: ARG002
        context: object,  # noqa: ARG002
    ) -> segmentation_pb2.GetModelInfoResponse:
        """What is served, on what, and its classes."""
        return segmentation_pb2.GetModelInfoResponse(
            model_info=self._network.session.info(),
            classes=class_messages(self._network.labels, self._network.classes),
        )

    def _segment(
        self, request: segmentation_pb2.SegmentRequest, clock: StageClock
    ) -> segmentation_pb2.SegmentResponse:
        network = self._network
        # Before the picture is decoded: this costs nothing.
        min_confidence = share_of(request, "min_confidence", 0.0)
        opacity = share_of(request, "overlay_opacity", OPACITY)
        if request.drivable_area and not network.drivable_ids:
            raise UnsupportedByModelError(
                "drivable_area: this model does not say which of its classes may be driven on"
            )
        pixels = decode(request.image, self._limits)
        clock.lap("decode")
        found = network.segment(pixels, min_confidence, clock)
        reply = segmentation_pb2.SegmentResponse(
            class_map_png=to_png(found.class_map),
            labels=network.labels,
            shares=share_messages(network.labels, found.shares),
            image_width=pixels.shape[1],
            image_height=pixels.shape[0],
            frame_id=request.image.frame_id,
        )
        if request.overlay:
            drawn = overlay(pixels, found.class_map, network.classes.palette, opacity)
            quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
            reply.overlay_jpeg = cv2.imencode(".jpg", drawn, quality)[1].tobytes()
        if request.drivable_area:
            areas = areas_of(found.class_map, network.drivable_ids)
            reply.drivable_area.extend(polygon_messages(areas))
        if request.image.HasField("captured_at"):
            reply.captured_at.CopyFrom(request.image.captured_at)
        clock.lap("postprocess")
        clock.write_to(reply.timing)
        return reply
