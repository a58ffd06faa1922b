"""The plates contract: converts requests and replies, and leaves the rest to others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeAlias

import grpc.aio

from protos.plates.v1 import plates_pb2, plates_pb2_grpc
from services.detector.choice import read_choice
from services.detector.messages import to_messages
from services.detector.network import DetectorNetwork
from services.plates.crops import plate_crops
from services.runtime.calls import Calls
from services.runtime.images import ImageLimits, decode
from services.runtime.stages import StageClock

DetectContext: TypeAlias = (
    "grpc.aio.ServicerContext[plates_pb2.DetectRequest, plates_pb2.DetectResponse]"
)


class PlateServicer(plates_pb2_grpc.PlateServiceServicer):
    """Answers the calls of ``plates.proto``.

    Args:
        network: the model.
        calls: runs the requests.
        limits: the pictures that are accepted.
    """

    def __init__(self, network: DetectorNetwork, calls: Calls, limits: ImageLimits) -> None:
        self._network = network
        self._calls = calls
        self._limits = limits

    async def Detect(  # noqa: N802
        self, request: plates_pb2.DetectRequest, context: DetectContext
    ) -> plates_pb2.DetectResponse:
        """The plates in one picture."""
        return await self._calls.answer("Detect", context, request, self._detect)

    async def DetectStream(  # noqa: N802
        self, requests: AsyncIterator[plates_pb2.DetectRequest], context: DetectContext
    ) -> AsyncIterator[plates_pb2.DetectResponse]:
        """The plates in each picture of a stream."""
        async for reply in self._calls.answer_stream(
            "DetectStream", context, requests, self._detect
        ):
            yield reply

    async def GetModelInfo(  # noqa: N802
        self,
        request: plates_pb2.GetModelInfoRequest,  # noqa: ARG002
        context: object,  # noqa: ARG002
    ) -> plates_pb2.GetModelInfoResponse:
        """What is served, and on what."""
        return plates_pb2.GetModelInfoResponse(model_info=self._network.session.info())

    def _detect(
        self, request: plates_pb2.DetectRequest, clock: StageClock
    ) -> plates_pb2.DetectResponse:
        # Before the picture is decoded: this costs nothing.
        choice = read_choice(request, self._network.defaults, self._network.labels)
        pixels = decode(request.image, self._limits)
        clock.lap("decode")
        found = self._network.detect(pixels, choice, clock)
        reply = plates_pb2.DetectResponse(
            detections=to_messages(found, self._network.labels),
            image_width=pixels.shape[1],
            image_height=pixels.shape[0],
            frame_id=request.image.frame_id,
            crops=plate_crops(pixels, found.boxes) if request.with_crops else (),
        )
        if request.image.HasField("captured_at"):
            reply.captured_at.CopyFrom(request.image.captured_at)
        clock.lap("postprocess")
        clock.write_to(reply.timing)
        return reply
