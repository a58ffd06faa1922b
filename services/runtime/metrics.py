"""What Prometheus can ask a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from protos.common.v1 import common_pb2
from services.runtime.errors import StartError
from services.runtime.stages import Stage

# Seconds. A steering frame takes one or two milliseconds, a detector on a slow CPU a second.
_BUCKETS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2)


class ServiceMetrics:
    """The counters of one service, in a registry of their own (several fit in one process).

    Args:
        service: the service's name, a label on each figure.
    """

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "roadsight_requests",
            "Requests that were answered, well or not; a stream counts each message.",
            ["service", "method"],
            registry=self.registry,
        )
        self._errors = Counter(
            "roadsight_errors",
            "Requests that got no result, by gRPC status code.",
            ["service", "method", "code"],
            registry=self.registry,
        )
        self._stages = Histogram(
            "roadsight_stage_seconds",
            "Where the time of a request went.",
            ["service", "stage"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "roadsight_in_flight",
            "Requests that wait or are worked on.",
            ["service"],
            registry=self.registry,
        ).labels(service)
        self._model = Gauge(
            "roadsight_model_info",
            "1, with the served model and the execution provider that runs it as labels.",
            ["service", "name", "version", "sha256", "execution_provider", "wanted_device"],
            registry=self.registry,
        )
        self._service = service
        # Looking a label up costs as much as counting: each is looked up once.
        self._request_of: dict[str, Counter] = {}
        self._stage_of: dict[Stage, Histogram] = {}

    def answered(self, method: str, stages: Mapping[Stage, float]) -> None:
        """Counts a request that got its result.

        Args:
            method: the call, for example ``Predict``.
            stages: seconds by stage.
        """
        self._request(method).inc()
        for stage, seconds in stages.items():
            histogram = self._stage_of.get(stage)
            if histogram is None:
                histogram = self._stage_of[stage] = self._stages.labels(self._service, stage)
            histogram.observe(seconds)

    def failed(self, method: str, code: str) -> None:
        """Counts a request that got no result.

        Args:
            method: the call.
            code: the gRPC status code's name.
        """
        self._request(method).inc()
        self._errors.labels(self._service, method, code).inc()

    def serving(self, info: common_pb2.ModelInfo, wanted_device: str) -> None:
        """Notes what is served, and on which device the user wanted it."""
        self._model.labels(
            self._service,
            info.name,
            info.version,
            info.sha256,
            info.execution_provider,
            wanted_device,
        ).set(1)

    def listen(self, host: str, port: int) -> tuple[int, Callable[[], None]]:
        """Serves the metrics over HTTP.

        Returns:
            The port (of use if 0 was asked for), and what ends the serving.

        Raises:
            StartError: the port is taken.
        """
        try:
            server, thread = start_http_server(port, host, registry=self.registry)
        except OSError as error:
            raise StartError(
                f"metrics: {host}:{port} cannot be listened on ({error.strerror}); is the service "
                f"running already? Choose another with --metrics-port, or --no-metrics"
            ) from error

        def close() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return int(server.server_port), close

    def _request(self, method: str) -> Counter:
        counter = self._request_of.get(method)
        if counter is None:
            counter = self._request_of[method] = self._requests.labels(self._service, method)
        return counter
