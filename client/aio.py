"""The asyncio clients."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from client.aio_base import AsyncClient
from client.channel import DEFAULT_TIMEOUT_S
from client.choice import DEFAULT_CHOICE, Choice, plate_request
from client.images import Picture, to_message
from client.replies import PlateDetections, SteeringExplanation, SteeringPrediction
from protos.endpoints import PLATES, STEERING
from protos.plates.v1 import plates_pb2, plates_pb2_grpc
from protos.steering.v1 import steering_pb2, steering_pb2_grpc


class AsyncSteeringClient(AsyncClient):
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
        super().__init__(
            address,
            timeout_s,
            steering_pb2_grpc.SteeringServiceStub,
            steering_pb2.GetModelInfoRequest,
        )

    async def predict(
        self, picture: Picture, frame_id: str = "", timeout_s: float | None = None
    ) -> SteeringPrediction:
        """The steering angle for one picture.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = steering_pb2.PredictRequest(image=to_message(picture, frame_id))
        reply = await self._call(self._stub.Predict, request, timeout_s)
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

        async for reply in self._stream(self._stub.PredictStream, requests(), timeout_s):
            yield SteeringPrediction.from_message(reply)

    async def explain(
        self, picture: Picture, frame_id: str = "", timeout_s: float | None = None
    ) -> SteeringExplanation:
        """Where the network looked in a picture.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = steering_pb2.ExplainRequest(image=to_message(picture, frame_id))
        reply = await self._call(self._stub.Explain, request, timeout_s)
        return SteeringExplanation.from_message(reply)


class AsyncPlateClient(AsyncClient):
    """Calls a plates service from one event loop. An asynchronous context manager.

    Args:
        address: ``host:port`` of the service.
        timeout_s: deadline of each unary call in seconds, unless the call names its own.
    """

    def __init__(
        self,
        address: str = f"127.0.0.1:{PLATES.port}",
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        super().__init__(
            address, timeout_s, plates_pb2_grpc.PlateServiceStub, plates_pb2.GetModelInfoRequest
        )

    async def detect(
        self,
        picture: Picture,
        frame_id: str = "",
        choice: Choice = DEFAULT_CHOICE,
        timeout_s: float | None = None,
    ) -> PlateDetections:
        """The plates in one picture.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = plate_request(picture, choice, frame_id)
        return PlateDetections.from_message(await self._call(self._stub.Detect, request, timeout_s))

    async def detect_stream(
        self, pictures: AsyncIterable[Picture], timeout_s: float, choice: Choice = DEFAULT_CHOICE
    ) -> AsyncIterator[PlateDetections]:
        """The plates in a stream of pictures, one answer each, in order.

        Args:
            pictures: the pictures; the next is taken as soon as the service can take it.
            timeout_s: deadline of the whole stream in seconds.
            choice: what is wanted of all that is found.

        Raises:
            ServiceError: the stream ended early; its subclasses say why.
        """

        async def requests() -> AsyncIterator[plates_pb2.DetectRequest]:
            async for picture in pictures:
                yield plate_request(picture, choice)

        async for reply in self._stream(self._stub.DetectStream, requests(), timeout_s):
            yield PlateDetections.from_message(reply)
