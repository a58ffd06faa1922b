"""The asyncio clients."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from client.aio_base import AsyncClient
from client.aio_detector import AsyncDetectorClient
from client.channel import DEFAULT_TIMEOUT_S
from client.choice import detection_request, plate_request
from client.detections import Detections, PlateDetections
from client.images import Picture, to_message
from client.replies import SteeringExplanation, SteeringPrediction
from protos.detection.v1 import detection_pb2, detection_pb2_grpc
from protos.endpoints import DETECTION, PLATES, STEERING
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


class AsyncPlateClient(AsyncDetectorClient[PlateDetections]):
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
            address,
            timeout_s,
            plates_pb2_grpc.PlateServiceStub,
            plates_pb2.GetModelInfoRequest,
            request=plate_request,
            answer=PlateDetections.from_message,
        )


class AsyncDetectionClient(AsyncDetectorClient[Detections]):
    """Calls a detection service from one event loop. An asynchronous context manager.

    Args:
        address: ``host:port`` of the service.
        timeout_s: deadline of each unary call in seconds, unless the call names its own.
    """

    def __init__(
        self,
        address: str = f"127.0.0.1:{DETECTION.port}",
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        super().__init__(
            address,
            timeout_s,
            detection_pb2_grpc.DetectionServiceStub,
            detection_pb2.GetModelInfoRequest,
            request=detection_request,
            answer=Detections.from_message,
        )
