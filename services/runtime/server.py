"""The life of a service process: start, warm up, serve, drain, end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from protos.common.v1 import common_pb2
from protos.endpoints import Endpoint
from protos.limits import MAX_MESSAGE_BYTES
from services.runtime.calls import Calls
from services.runtime.errors import StartError
from services.runtime.metrics import ServiceMetrics
from services.runtime.settings import ServiceSettings

_log = logging.getLogger(__name__)

_SERVER_OPTIONS: Sequence[tuple[str, int]] = [
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # gRPC shares ports by default: a second service on the same port would start without a word
    # and take half of the requests.
    ("grpc.so_reuseport", 0),
]


@dataclass(frozen=True)
class Service:
    """A service, built and ready to be added to a server.

    Attributes:
        info: the model that it serves.
        register: adds its servicer to a server.
        warm_up: runs the model once; raises if it does not answer.
    """

    info: common_pb2.ModelInfo
    register: Callable[[grpc.aio.Server], None]
    warm_up: Callable[[], None]


@dataclass(frozen=True)
class ServiceDefinition:
    """What makes one of the services different from the others.

    Attributes:
        endpoint: its name and default port.
        build: loads the model and makes the service; raises ``StartError`` if it cannot.
    """

    endpoint: Endpoint
    build: Callable[[ServiceSettings, Calls], Service]


def run(settings: ServiceSettings, definition: ServiceDefinition) -> int:
    """Runs a service until SIGTERM or Ctrl-C.

    Returns:
        The process's exit code: 0 after an orderly end, 1 if the service could not start.
    """
    logging.basicConfig(
        level=settings.log_level,
        format="%(asctime)s %(levelname)s " + definition.endpoint.name + ": %(message)s",
    )
    # Several workers share the cores: OpenCV's own threads would only get in their way.
    cv2.setNumThreads(1)
    try:
        asyncio.run(_serve(settings, definition))
    except StartError as error:
        _log.error("%s", error)
        return 1
    return 0


async def _serve(settings: ServiceSettings, definition: ServiceDefinition) -> None:
    endpoint = definition.endpoint
    stop = _stop_on_signals()
    metrics = ServiceMetrics(endpoint.name)
    calls = Calls(metrics, settings.workers, settings.queue_limit)
    service = definition.build(settings, calls)
    metrics.serving(service.info, settings.device)

    server = grpc.aio.server(options=_SERVER_OPTIONS)
    service.register(server)
    health = health_aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    names = ("", endpoint.grpc_service)
    await _set_health(health, names, health_pb2.HealthCheckResponse.NOT_SERVING)
    if settings.reflection:
        reflection.enable_server_reflection(
            (endpoint.grpc_service, "grpc.health.v1.Health", reflection.SERVICE_NAME), server
        )
    port = _listen(server, settings, endpoint)
    close_metrics: Callable[[], None] | None = None
    try:
        where = "no metrics"
        if settings.metrics:
            metrics_port, close_metrics = metrics.listen(
                settings.host, _metrics_port(settings, endpoint)
            )
            where = f"metrics on http://{settings.host}:{metrics_port}/metrics"
        await server.start()
        await asyncio.get_running_loop().run_in_executor(None, service.warm_up)
        calls.start_accepting()
        await _set_health(health, names, health_pb2.HealthCheckResponse.SERVING)
        _log.info(
            "serving %s version %s on %s, %s workers; listening on %s:%s, %s",
            service.info.name,
            service.info.version,
            service.info.execution_provider,
            settings.workers,
            settings.host,
            port,
            where,
        )
        await stop.wait()
        _log.info("draining: requests in flight have %g s to finish", settings.drain_s)
    finally:
        await _set_health(health, names, health_pb2.HealthCheckResponse.NOT_SERVING)
        calls.stop_accepting()
        await server.stop(settings.drain_s)
        calls.close()
        if close_metrics is not None:
            close_metrics()
    _log.info("ended")


async def _set_health(
    health: health_aio.HealthServicer,
    names: Sequence[str],
    status: health_pb2.HealthCheckResponse.ServingStatus,
) -> None:
    for name in names:
        await health.set(name, status)


def _listen(server: grpc.aio.Server, settings: ServiceSettings, endpoint: Endpoint) -> int:
    wanted = endpoint.port if settings.port is None else settings.port
    try:
        return int(server.add_insecure_port(f"{settings.host}:{wanted}"))
    except RuntimeError as error:
        raise StartError(
            f"{settings.host}:{wanted} cannot be listened on; is the service running already? "
            f"Choose another port with --port"
        ) from error


def _metrics_port(settings: ServiceSettings, endpoint: Endpoint) -> int:
    if settings.metrics_port is not None:
        return settings.metrics_port
    if settings.port is None:
        return endpoint.metrics_port
    # A free port was asked for: the port above it by 1000 may well be taken.
    return settings.port and settings.port + endpoint.metrics_port - endpoint.port


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop
