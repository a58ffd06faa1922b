"""Puts a service that finds boxes together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc.aio

from protos.endpoints import Endpoint
from services.detector.network import DetectorNetwork
from services.detector.servicer import DetectorServicer
from services.runtime.calls import Calls
from services.runtime.images import ImageLimits
from services.runtime.server import Service, ServiceDefinition
from services.runtime.settings import ServiceSettings


def detector_service(
    endpoint: Endpoint,
    servicer: type[DetectorServicer[Any, Any]],
    register: Callable[[DetectorServicer[Any, Any], grpc.aio.Server], None],
) -> ServiceDefinition:
    """The definition of a service.

    Args:
        endpoint: its name, which is its model's task, and its port.
        servicer: answers its contract.
        register: the generated function that adds the servicer to a server.
    """

    def build(settings: ServiceSettings, calls: Calls) -> Service:
        network = DetectorNetwork(settings, endpoint.name)
        limits = ImageLimits(settings.max_image_bytes, settings.max_image_pixels)
        answering = servicer(network, calls, limits)
        return Service(
            info=network.session.info(),
            register=lambda grpc_server: register(answering, grpc_server),
            warm_up=network.warm_up,
        )

    return ServiceDefinition(endpoint=endpoint, build=build)
