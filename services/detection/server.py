"""Puts the detection service together."""

from __future__ import annotations

from protos.detection.v1 import detection_pb2_grpc
from protos.endpoints import DETECTION
from services.detection.servicer import DetectionServicer
from services.detector.server import detector_service
from services.runtime.process import run as run_process
from services.runtime.settings import ServiceSettings

DEFINITION = detector_service(
    DETECTION, DetectionServicer, detection_pb2_grpc.add_DetectionServiceServicer_to_server
)


def run(settings: ServiceSettings) -> int:
    """Runs the detection service until SIGTERM or Ctrl-C; returns the exit code."""
    return run_process(settings, DEFINITION)
