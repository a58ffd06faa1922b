"""Puts the steering service together."""

from __future__ import annotations

from protos.endpoints import STEERING
from protos.steering.v1 import steering_pb2_grpc
from services.runtime.calls import Calls
from services.runtime.images import ImageLimits
from services.runtime.process import run as run_process
from services.runtime.server import Service, ServiceDefinition
from services.runtime.settings import ServiceSettings
from services.steering.network import SteeringNetwork
from services.steering.servicer import SteeringServicer


def run(settings: ServiceSettings) -> int:
    """Runs the steering service until SIGTERM or Ctrl-C; returns the exit code."""
    return run_process(settings, DEFINITION)


def _build(settings: ServiceSettings, calls: Calls) -> Service:
    network = SteeringNetwork(settings, STEERING.name)
    limits = ImageLimits(settings.max_image_bytes, settings.max_image_pixels)
    servicer = SteeringServicer(network, calls, limits)
    return Service(
        info=network.session.info(),
        register=lambda grpc_server: steering_pb2_grpc.add_SteeringServiceServicer_to_server(
            servicer, grpc_server
        ),
        warm_up=network.warm_up,
    )


DEFINITION = ServiceDefinition(
    endpoint=STEERING,
    build=_build,
)
