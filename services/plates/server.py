"""Puts the plates service together."""

from __future__ import annotations

from protos.endpoints import PLATES
from protos.plates.v1 import plates_pb2_grpc
from services.detector.server import detector_service
from services.plates.servicer import PlateServicer
from services.runtime.process import run as run_process
from services.runtime.settings import ServiceSettings

DEFINITION = detector_service(
    PLATES, PlateServicer, plates_pb2_grpc.add_PlateServiceServicer_to_server
)


def run(settings: ServiceSettings) -> int:
    """Runs the plates service until SIGTERM or Ctrl-C; returns the exit code."""
    return run_process(settings, DEFINITION)
