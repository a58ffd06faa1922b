"""The blocking clients."""

from __future__ import annotations

from client.channel import DEFAULT_TIMEOUT_S
from client.choice import detection_request, plate_request
from client.detections import Detections, PlateDetections
from client.images import Picture, to_message
from client.replies import SteeringExplanation, SteeringPrediction
from client.sync_base import SyncClient
from client.sync_detector import DetectorClient
from protos.detection.v1 import detection_pb2, detection_pb2_grpc
from protos.endpoints import DETECTION, PLATES, STEERING
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


class PlateClient(DetectorClient[PlateDetections]):
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
            address,
            timeout_s,
            plates_pb2_grpc.PlateServiceStub,
            plates_pb2.GetModelInfoRequest,
            request=plate_request,
            answer=PlateDetections.from_message,
        )


class DetectionClient(DetectorClient[Detections]):
    """Calls a detection service. Safe to use from several threads; a context manager.

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
