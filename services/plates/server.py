"""Puts the plates service together."""

from __future__ import annotations

from protos.endpoints import PLATES
from protos.plates.v1 import plates_pb2_grpc
from services.detector.network import DetectorNetwork
from services.plates.servicer import PlateServicer
from services.runtime.calls import Calls
from services.runtime.images import ImageLimits
from services.runtime.process import run as run_process
from services.runtime.server import Service, ServiceDefinition
from services.runtime.settings import ServiceSettings


def run(settings: ServiceSettings) -> int:
    """Runs the plates service until SIGTERM or Ctrl-C; returns the exit code."""
    return run_process(settings, DEFINITION)


def _build(settings: ServiceSettings, calls: Calls) -> Service:
    network = DetectorNetwork(settings, PLATES.name)
    limits = ImageLimits(settings.max_image_bytes, settings.max_image_pixels)
    servicer = PlateServicer(network, calls, limits)
    return Service(
        info=network.session.info(),
        register=lambda grpc_server: plates_pb2_grpc.add_PlateServiceServicer_to_server(
            servicer, grpc_server
        ),
        warm_up=network.warm_up,
    )


DEFINITION = ServiceDefinition(
    endpoint=PLATES,
    build=_build,
)
