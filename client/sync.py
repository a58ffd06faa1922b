"""The blocking client."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from client.channel import CHANNEL_OPTIONS, DEFAULT_TIMEOUT_S
from client.errors import ServiceUnavailable, from_rpc_error
from client.images import Picture, to_message
from client.replies import ModelInfo, SteeringExplanation, SteeringPrediction
from protos.endpoints import STEERING, Endpoint
from protos.steering.v1 import steering_pb2, steering_pb2_grpc


class SteeringClient:
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
        self.address = address
        self._timeout_s = timeout_s
        self._channel = grpc.insecure_channel(address, options=CHANNEL_OPTIONS)
        self._stub = steering_pb2_grpc.SteeringServiceStub(self._channel)

    def predict(
        self, picture: Picture, frame_id: str = "", timeout_s: float | None = None
    ) -> SteeringPrediction:
        """The steering angle for one picture.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = steering_pb2.PredictRequest(image=to_message(picture, frame_id))
        try:
            reply = self._stub.Predict(request, timeout=self._deadline(timeout_s))
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.address) from error
        return SteeringPrediction.from_message(reply)

    def explain(
        self, picture: Picture, frame_id: str = "", timeout_s: float | None = None
    ) -> SteeringExplanation:
        """Where the network looked in a picture.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = steering_pb2.ExplainRequest(image=to_message(picture, frame_id))
        try:
            reply = self._stub.Explain(request, timeout=self._deadline(timeout_s))
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.address) from error
        return SteeringExplanation.from_message(reply)

    def model_info(self, timeout_s: float | None = None) -> ModelInfo:
        """The model that is served and the execution provider that runs it.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        try:
            reply = self._stub.GetModelInfo(
                steering_pb2.GetModelInfoRequest(), timeout=self._deadline(timeout_s)
            )
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.address) from error
        return ModelInfo.from_message(reply.model_info)

    def _deadline(self, timeout_s: float | None) -> float:
        return self._timeout_s if timeout_s is None else timeout_s

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def wait_until_serving(address: str, endpoint: Endpoint, timeout_s: float) -> None:
    """Returns once the service at ``address`` says that it is SERVING.

    Raises:
        ServiceUnavailable: it did not within ``timeout_s`` seconds.
    """
    deadline = time.monotonic() + timeout_s
    request = health_pb2.HealthCheckRequest(service=endpoint.grpc_service)
    with grpc.insecure_channel(address, options=CHANNEL_OPTIONS) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        while True:
            left = deadline - time.monotonic()
            try:
                reply = stub.Check(request, timeout=max(0.05, min(1.0, left)))
                if reply.status == health_pb2.HealthCheckResponse.SERVING:
                    return
                state = health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status)
            except grpc.RpcError as error:
                state = str(error.details()) if isinstance(error, grpc.Call) else str(error)
            if left <= 0:
                raise ServiceUnavailable(
                    f"{address}: the {endpoint.name} service was not ready within "
                    f"{timeout_s:g} s ({state}); is it started? roadsight serve {endpoint.name}",
                    grpc.StatusCode.UNAVAILABLE,
                    address,
                )
            time.sleep(0.05)
