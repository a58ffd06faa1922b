"""The blocking clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from client.channel import DEFAULT_TIMEOUT_S
from client.choice import DEFAULT_CHOICE, Choice, plate_request
from client.images import Picture, to_message
from client.replies import PlateDetections, SteeringExplanation, SteeringPrediction
from client.sync_base import SyncClient
from protos.endpoints import PLATES, STEERING
from protos.plates.v1 import plates_pb2, plates_pb2_grpc
from protos.steering.v1 import steering_pb2, steering_pb2_grpc


class SteeringClient(SyncClient):
    """Calls a steering service. Safe to use from several threads; a context manager.

    Args:
        address: ``host:port`` of the service.
        timeout_s: deadline of each call in seconds, unless the call names its own.
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

    def predict(
        self, picture: Picture, frame_id: str = "", timeout_s: float | None = None
    ) -> SteeringPrediction:
        """The steering angle for one picture.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = steering_pb2.PredictRequest(image=to_message(picture, frame_id))
        return SteeringPrediction.from_message(self._call(self._stub.Predict, request, timeout_s))

    def explain(
        self, picture: Picture, frame_id: str = "", timeout_s: float | None = None
    ) -> SteeringExplanation:
        """Where the network looked in a picture.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = steering_pb2.ExplainRequest(image=to_message(picture, frame_id))
        return SteeringExplanation.from_message(self._call(self._stub.Explain, request, timeout_s))


class PlateClient(SyncClient):
    """Calls a plates service. Safe to use from several threads; a context manager.

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

    def detect(
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
        return PlateDetections.from_message(self._call(self._stub.Detect, request, timeout_s))

    def detect_stream(
        self, pictures: Iterable[Picture], timeout_s: float, choice: Choice = DEFAULT_CHOICE
    ) -> Iterator[PlateDetections]:
        """The plates in a stream of pictures, one answer each, in order.

        Args:
            pictures: the pictures; taken in another thread, as soon as the service can take them.
            timeout_s: deadline of the whole stream in seconds.
            choice: what is wanted of all that is found.

        Raises:
            ServiceError: the stream ended early; its subclasses say why.
        """
        requests = (plate_request(picture, choice) for picture in pictures)
        for reply in self._stream(self._stub.DetectStream, requests, timeout_s):
            yield PlateDetections.from_message(reply)
