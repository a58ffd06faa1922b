"""The asyncio client."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from types import TracebackType
from typing import Self

import grpc
import grpc.aio

from client.channel import CHANNEL_OPTIONS, DEFAULT_TIMEOUT_S
from client.errors import from_rpc_error
from client.images import Picture, to_message
from client.replies import ModelInfo, SteeringExplanation, SteeringPrediction
from protos.endpoints import STEERING
from protos.steering.v1 import steering_pb2, steering_pb2_grpc


class AsyncSteeringClient:
    """Calls a steering service from one event loop. An asynchronous context manager.

    Args:
        address: ``host:port`` of the service.
        timeout_s: deadline of each unary call in seconds, unless the call names its own.
    """

    def __init__(
        self,
        address: str = f"127.0.0.1:{STEERING.port}",
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        self.address = address
        self._timeout_s = timeout_s
        self._channel = grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
        self._stub = steering_pb2_grpc.SteeringServiceStub(self._channel)

    async def predict(
        self, picture: Picture, frame_id: str = "", timeout_s: float | None = None
    ) -> SteeringPrediction:
        """The steering angle for one picture.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = steering_pb2.PredictRequest(image=to_message(picture, frame_id))
        try:
            reply = await self._stub.Predict(request, timeout=self._deadline(timeout_s))
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.address) from error
        return SteeringPrediction.from_message(reply)

    async def predict_stream(
        self, pictures: AsyncIterable[Picture], timeout_s: float
    ) -> AsyncIterator[SteeringPrediction]:
        """The steering angles for a stream of pictures, one answer each, in order.

        Args:
            pictures: the pictures; the next is taken as soon as the service can take it.
            timeout_s: deadline of the whole stream in seconds.

        Raises:
            ServiceError: the stream ended early; its subclasses say why.
        """

        async def requests() -> AsyncIterator[steering_pb2.PredictRequest]:
            async for picture in pictures:
                yield steering_pb2.PredictRequest(image=to_message(picture))

        try:
            async for reply in self._stub.PredictStream(requests(), timeout=timeout_s):
                yield SteeringPrediction.from_message(reply)
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.address) from error

    async def explain(
        self, picture: Picture, frame_id: str = "", timeout_s: float | None = None
    ) -> SteeringExplanation:
        """Where the network looked in a picture.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = steering_pb2.ExplainRequest(image=to_message(picture, frame_id))
        try:
            reply = await self._stub.Explain(request, timeout=self._deadline(timeout_s))
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.address) from error
        return SteeringExplanation.from_message(reply)

    async def model_info(self, timeout_s: float | None = None) -> ModelInfo:
        """The model that is served and the execution provider that runs it.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        try:
            reply = await self._stub.GetModelInfo(
                steering_pb2.GetModelInfoRequest(), timeout=self._deadline(timeout_s)
            )
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.address) from error
        return ModelInfo.from_message(reply.model_info)

    def _deadline(self, timeout_s: float | None) -> float:
        return self._timeout_s if timeout_s is None else timeout_s

    async def close(self) -> None:
        """Closes the connection."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
