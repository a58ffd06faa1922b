"""The steering contract: converts requests and replies, and leaves the rest to others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeAlias

import cv2
import grpc.aio

from protos.steering.v1 import steering_pb2, steering_pb2_grpc
from services.runtime.calls import Calls
from services.runtime.images import ImageLimits, decode
from services.runtime.stages import StageClock
from services.steering.network import SteeringNetwork
from vision.visual_back_prop import overlay

PredictContext: TypeAlias = (
    "grpc.aio.ServicerContext[steering_pb2.PredictRequest, steering_pb2.PredictResponse]"
)
ExplainContext: TypeAlias = (
    "grpc.aio.ServicerContext[steering_pb2.ExplainRequest, steering_pb2.ExplainResponse]"
)


class SteeringServicer(steering_pb2_grpc.SteeringServiceServicer):
    """Answers the calls of ``steering.proto``.

    Args:
        network: the model.
        calls: runs the requests.
        limits: the pictures that are accepted.
    """

    def __init__(self, network: SteeringNetwork, calls: Calls, limits: ImageLimits) -> None:
        self._network = network
        self._calls = calls
        self._limits = limits

    async def Predict(  # noqa: N802
        self, request: steering_pb2.PredictRequest, context: PredictContext
    ) -> steering_pb2.PredictResponse:
        """The angle for one picture."""
        return await self._calls.answer("Predict", context, request, self._predict)

    async def PredictStream(  # noqa: N802
        self, requests: AsyncIterator[steering_pb2.PredictRequest], context: PredictContext
    ) -> AsyncIterator[steering_pb2.PredictResponse]:
        """The angle for each picture of a stream."""
        async for reply in self._calls.answer_stream(
            "PredictStream", context, requests, self._predict
        ):
            yield reply

    async def Explain(  # noqa: N802
        self, request: steering_pb2.ExplainRequest, context: ExplainContext
    ) -> steering_pb2.ExplainResponse:
        """Where the network looked."""
        return await self._calls.answer("Explain", context, request, self._explain)

    async def GetModelInfo(  # noqa: N802
        self,
        request: steering_pb2.GetModelInfoRequest,  # noqa: ARG002
        context: object,  # noqa: ARG002
    ) -> steering_pb2.GetModelInfoResponse:
        """What is served, and on what."""
        return steering_pb2.GetModelInfoResponse(model_info=self._network.session.info())

    def _predict(
        self, request: steering_pb2.PredictRequest, clock: StageClock
    ) -> steering_pb2.PredictResponse:
        pixels = decode(request.image, self._limits)
        clock.lap("decode")
        output = self._network.predict(pixels, clock)
        reply = steering_pb2.PredictResponse(
            steering=output.steering,
            frame_id=request.image.frame_id,
            speed_mph=output.speed_mph,
            throttle=output.throttle,
        )
        if request.image.HasField("captured_at"):
            reply.captured_at.CopyFrom(request.image.captured_at)
        clock.lap("postprocess")
        clock.write_to(reply.timing)
        return reply

    def _explain(
        self, request: steering_pb2.ExplainRequest, clock: StageClock
    ) -> steering_pb2.ExplainResponse:
        pixels = decode(request.image, self._limits)
        clock.lap("decode")
        output, heat = self._network.explain(pixels, clock)
        reply = steering_pb2.ExplainResponse(
            steering=output.steering,
            heat_map_png=cv2.imencode(".png", heat)[1].tobytes(),
            overlay_jpeg=cv2.imencode(".jpg", overlay(pixels, heat))[1].tobytes(),
            frame_id=request.image.frame_id,
        )
        if request.image.HasField("captured_at"):
            reply.captured_at.CopyFrom(request.image.captured_at)
        clock.lap("postprocess")
        clock.write_to(reply.timing)
        return reply
