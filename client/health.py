"""Waiting for a service to be ready."""

from __future__ import annotations

import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from client.channel import CHANNEL_OPTIONS
from client.errors import ServiceUnavailable
from protos.endpoints import Endpoint


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
