"""Puts the segmentation service together."""

from __future__ import annotations

from protos.endpoints import SEGMENTATION
from protos.segmentation.v1 import segmentation_pb2_grpc
from services.runtime.calls import Calls
from services.runtime.images import ImageLimits
from services.runtime.process import run as run_process
from services.runtime.server import Service, ServiceDefinition
from services.runtime.settings import ServiceSettings
from services.segmentation.network import SegmentationNetwork
from services.segmentation.servicer import SegmentationServicer


def run(settings: ServiceSettings) -> int:
    """Runs the segmentation service until SIGTERM or Ctrl-C; returns the exit code."""
    return run_process(settings, DEFINITION)


def _build(settings: ServiceSettings, calls: Calls) -> Service:
    network = SegmentationNetwork(settings, SEGMENTATION.name)
    limits = ImageLimits(settings.max_image_bytes, settings.max_image_pixels)
    servicer = SegmentationServicer(network, calls, limits)
    return Service(
        info=network.session.info(),
        register=lambda grpc_server: (
            segmentation_pb2_grpc.add_SegmentationServiceServicer_to_server(servicer, grpc_server)
        ),
        warm_up=network.warm_up,
    )


DEFINITION = ServiceDefinition(
    endpoint=SEGMENTATION,
    build=_build,
)
