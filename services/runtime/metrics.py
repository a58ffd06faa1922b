"""What Prometheus can ask a service.

Counting happens on the way of every request, asking every few seconds. So a request only adds to
plain numbers here, in the event loop and without locks; Prometheus' own types are made when asked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from protos.common.v1 import common_pb2
from services.runtime.errors import StartError
from services.runtime.stages import Stage

# Seconds. A steering frame takes one or two milliseconds, a detector on a slow CPU a second.
_BUCKETS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0, 2.0)


class _StageTimes:
    """Durations of one stage, sorted into buckets."""

    def __init__(self) -> None:
        self.counts = [0] * (len(_BUCKETS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(_BUCKETS, seconds)] += 1
        self.sum += seconds

    def cumulative(self) -> list[tuple[str, float]]:
        bounds = [*map(str, _BUCKETS), "+Inf"]
        total = 0
        buckets = []
        for bound, count in zip(bounds, self.counts, strict=True):
            total += count
            buckets.append((bound, float(total)))
        return buckets


class ServiceMetrics(Collector):
    """The figures of one service, in a registry of their own (several fit in one process).

    Args:
        service: the service's name, a label on each figure.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self._requests: Counter[str] = Counter()
        self._errors: Counter[tuple[str, str]] = Counter()
        self._stages: dict[Stage, _StageTimes] = {}
        self._model: list[str] | None = None
        self.in_flight = 0
        """Requests that wait or are worked on."""
        self.queue_limit = 0
        """How many may be; more are refused."""
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def answered(self, method: str, stages: Mapping[Stage, float]) -> None:
        """Counts a request that got its result.

        Args:
            method: the call, for example ``Predict``.
            stages: seconds by stage.
        """
        self._requests[method] += 1
        for stage, seconds in stages.items():
            times = self._stages.get(stage)
            if times is None:
                times = self._stages[stage] = _StageTimes()
            times.add(seconds)

    def failed(self, method: str, code: str) -> None:
        """Counts a request that got no result.

        Args:
            method: the call.
            code: the gRPC status code's name.
        """
        self._requests[method] += 1
        self._errors[method, code] += 1

    @property
    def answers(self) -> int:
        """Requests that got their result, so far."""
        return self._requests.total() - self._errors.total()

    def serving(self, info: common_pb2.ModelInfo, wanted_device: str) -> None:
        """Notes what is served, and on which device the user wanted it."""
        self._model = [
            info.name,
            info.version,
            info.sha256,
            info.execution_provider,
            wanted_device,
        ]

    def collect(self) -> Iterable[Metric]:
        """The figures as Prometheus' types; called when somebody asks."""
        requests = CounterMetricFamily(
            "roadsight_requests",
            "Requests that were answered, well or not; a stream counts each message.",
            labels=["service", "method"],
        )
        for method, count in list(self._requests.items()):
            requests.add_metric([self._service, method], count)
        yield requests
        errors = CounterMetricFamily(
            "roadsight_errors",
            "Requests that got no result, by gRPC status code.",
            labels=["service", "method", "code"],
        )
        for (method, code), count in list(self._errors.items()):
            errors.add_metric([self._service, method, code], count)
        yield errors
        stages = HistogramMetricFamily(
            "roadsight_stage_seconds", "Where the time went.", labels=["service", "stage"]
        )
        for stage, times in list(self._stages.items()):
            stages.add_metric([self._service, stage], times.cumulative(), times.sum)
        yield stages
        in_flight = GaugeMetricFamily(
            "roadsight_in_flight", "Requests that wait or are worked on.", labels=["service"]
        )
        in_flight.add_metric([self._service], self.in_flight)
        yield in_flight
        limit = GaugeMetricFamily(
            "roadsight_queue_limit", "Requests that may wait or be worked on.", labels=["service"]
        )
        limit.add_metric([self._service], self.queue_limit)
        yield limit
        model = GaugeMetricFamily(
            "roadsight_model_info",
            "1, with the served model and the execution provider that runs it as labels.",
            labels=["service", "name", "version", "sha256", "execution_provider", "wanted_device"],
        )
        if self._model is not None:
            model.add_metric([self._service, *self._model], 1)
        yield model

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
