"""The life of a service: start, warm up, serve, drain, end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

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

_Status = health_pb2.HealthCheckResponse

_SERVER_OPTIONS: Sequence[tuple[str, int]] = [
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # gRPC shares ports by default: a second service on the same port would start without a word
    # and take half of the requests.
    ("grpc.so_reuseport", 0),
]


_STOP_S = 1.0
"""How long the server may take to send its last answers, in seconds."""


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


async def serve(
    settings: ServiceSettings,
    definition: ServiceDefinition,
    stop: asyncio.Event,
    on_ready: Callable[[int, int | None], None] | None = None,
) -> None:
    """Runs a service until ``stop`` is set, then drains it.

    Args:
        settings: how it runs.
        definition: which service.
        stop: ends the service.
        on_ready: called once it answers, with the gRPC port and the metrics port.

    Raises:
        StartError: it cannot start; the message tells the user what to do.
    """
    metrics = ServiceMetrics(definition.endpoint.name)
    calls = Calls(metrics, settings.workers, settings.queue_limit)
    try:
        service = definition.build(settings, calls)
        metrics.serving(service.info, settings.device)
        server, health = _make_server(service, settings, definition.endpoint)
        port = _listen(server, settings, definition.endpoint)
        with _metrics_listening(metrics, settings, definition.endpoint) as metrics_port:
            try:
                # The health service says SERVING until it is told otherwise.
                await _set_health(health, definition.endpoint, _Status.NOT_SERVING)
                await server.start()
                await _warm_up(service)
                calls.start_accepting()
                await _set_health(health, definition.endpoint, _Status.SERVING)
                _log_ready(service, settings, port, metrics_port)
                if on_ready is not None:
                    on_ready(port, metrics_port)
                await stop.wait()
                _log.info("draining: requests in flight have %g s to finish", settings.drain_s)
            finally:
                await _set_health(health, definition.endpoint, _Status.NOT_SERVING)
                calls.stop_accepting()
                cut_off = await calls.until_quiet(settings.drain_s)
                if cut_off:
                    _log.warning("%d requests are cut off: they were not done in time", cut_off)
                # What is still under way had all the time that it gets.
                await server.stop(_STOP_S)
    finally:
        calls.close()
    _log.info("ended: %d requests answered", metrics.answers)


def _make_server(
    service: Service, settings: ServiceSettings, endpoint: Endpoint
) -> tuple[grpc.aio.Server, health_aio.HealthServicer]:
    age = ("grpc.max_connection_age_ms", round(1000 * settings.connection_age_s))
    server = grpc.aio.server(options=[*_SERVER_OPTIONS, age])
    service.register(server)
    health = health_aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    if settings.reflection:
        reflection.enable_server_reflection(
            (endpoint.grpc_service, "grpc.health.v1.Health", reflection.SERVICE_NAME), server
        )
    return server, health


async def _warm_up(service: Service) -> None:
    try:
        await asyncio.get_running_loop().run_in_executor(None, service.warm_up)
    except StartError:
        raise
    except Exception as error:  # whatever ONNX Runtime raises
        raise StartError(f"the model does not answer: {error}") from error


@contextmanager
def _metrics_listening(
    metrics: ServiceMetrics, settings: ServiceSettings, endpoint: Endpoint
) -> Iterator[int | None]:
    if not settings.metrics:
        yield None
        return
    port, close = metrics.listen(settings.host, _metrics_port(settings, endpoint))
    try:
        yield port
    finally:
        close()


def _log_ready(
    service: Service, settings: ServiceSettings, port: int, metrics_port: int | None
) -> None:
    info = service.info
    _log.info(
        "serving %s version %s on %s, %d workers; listening on %s:%d, %s",
        info.name,
        info.version,
        info.execution_provider,
        settings.workers,
        settings.host,
        port,
        "no metrics"
        if metrics_port is None
        else f"metrics on http://{settings.host}:{metrics_port}/metrics",
    )


async def _set_health(
    health: health_aio.HealthServicer,
    endpoint: Endpoint,
    status: health_pb2.HealthCheckResponse.ServingStatus,
) -> None:
    # The empty name stands for the process as a whole.
    for name in ("", endpoint.grpc_service):
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
