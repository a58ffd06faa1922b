"""The contract of every detector: converts requests and replies, and leaves the rest to others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

import grpc.aio
import numpy as np
import numpy.typing as npt

from protos.common.v1 import common_pb2
from services.detector import choice
from services.detector.messages import to_messages
from services.detector.network import DetectorNetwork
from services.runtime.calls import Calls
from services.runtime.images import ImageLimits, decode
from services.runtime.stages import StageClock
from vision.detections import Detections


class DetectRequest(choice.DetectRequest, Protocol):
    """The fields that the requests of all detectors have."""

    @property
    def image(self) -> common_pb2.Image: ...  # noqa: D102


RequestT = TypeVar("RequestT", bound=DetectRequest)
ReplyT = TypeVar("ReplyT")


class DetectorServicer(Generic[RequestT, ReplyT]):
    """Answers ``Detect``, ``DetectStream`` and ``GetModelInfo``.

    A service is a subclass that names the messages of its contract.

    Args:
        network: the model.
        calls: runs the requests.
        limits: the pictures that are accepted.
    """

    messages: Any
    """The generated module with ``DetectResponse`` and ``GetModelInfoResponse``."""

    def __init__(self, network: DetectorNetwork, calls: Calls, limits: ImageLimits) -> None:
        self._network = network
        self._calls = calls
        self._limits = limits

    async def Detect(  # noqa: N802
        self, request: RequestT, context: grpc.aio.ServicerContext[RequestT, ReplyT]
    ) -> ReplyT:
        """What is in one picture."""
        return await self._calls.answer("Detect", context, request, self._detect)

    async def DetectStream(  # noqa: N802
        self,
        requests: AsyncIterator[RequestT],
        context: grpc.aio.ServicerContext[RequestT, ReplyT],
    ) -> AsyncIterator[ReplyT]:
        """What is in each picture of a stream."""
        async for reply in self._calls.answer_stream(
            "DetectStream", context, requests, self._detect
        ):
            yield reply

    async def GetModelInfo(  # noqa: N802
        self,
        request: object,  # noqa: ARG002
        context: object,  # noqa: ARG002
    ) -> Any:
        """What is served, and on what."""
        return self.messages.GetModelInfoResponse(model_info=self._network.session.info())

    def _detect(self, request: RequestT, clock: StageClock) -> ReplyT:
        # Before the picture is decoded: this costs nothing.
        wanted = choice.read_choice(request, self._network.defaults, self._network.labels)
        pixels = decode(request.image, self._limits)
        clock.lap("decode")
        found = self._network.detect(pixels, wanted, clock)
        reply = self.messages.DetectResponse(
            detections=to_messages(found, self._network.labels),
            image_width=pixels.shape[1],
            image_height=pixels.shape[0],
            frame_id=request.image.frame_id,
            **self._further_fields(request, pixels, found),
        )
        if request.image.HasField("captured_at"):
            reply.captured_at.CopyFrom(request.image.captured_at)
        clock.lap("postprocess")
        clock.write_to(reply.timing)
        answered: ReplyT = reply
        return answered

    def _further_fields(
        self,
        request: RequestT,  # noqa: ARG002
        pixels: npt.NDArray[np.uint8],  # noqa: ARG002
        found: Detections,  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """Fields of the reply that only this contract has, by name."""
        return {}
