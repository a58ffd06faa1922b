"""What the bridge counts and measures: for Prometheus, and in short for the cockpit page."""

from __future__ import annotations

import time
from collections import deque
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_BUCKETS_S = (0.0002, 0.0005, 0.001, 0.002, 0.003, 0.004, 0.006, 0.008, 0.012, 0.02, 0.05, 0.1, 0.5)
_WINDOW = 1000


class Stage(StrEnum):
    """The parts of the way from telemetry in to ``steer`` out."""

    DECODE = "decode"
    PREDICT = "predict"
    """Asking the service, there and back."""
    SERVICE = "service"
    """Of ``predict``, what the service itself says it took."""
    CONTROL = "control"
    SEND = "send"
    TOTAL = "total"


class BridgeMetrics:
    """The bridge's counters, in a registry of their own.

    Attributes:
        registry: for Prometheus' exposition.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.telemetries = self._counter("telemetries", "Telemetries received.")
        self.answers = self._counter("answers", "Answers sent.", "event")
        self.faults = self._counter("telemetry_faults", "Faults found in telemetries.", "fault")
        self.unreadable = self._counter("unreadable_messages", "Messages that could not be read.")
        self.surplus = self._counter(
            "surplus_telemetries", "Telemetries dropped to keep one loop per car."
        )
        self.failures = self._counter("prediction_failures", "Predictions that failed.", "kind")
        self.resends = self._counter("watchdog_resends", "Commands sent again after silence.")
        self.errors = self._counter("errors", "Errors inside the bridge; each was answered safely.")
        self.recorded = self._counter("recorded_frames", "Frames written to disk.")
        self.record_drops = self._counter(
            "record_drops", "Frames not recorded because the disk was too slow or failed."
        )
        self.cars = Gauge("roadsight_bridge_cars", "Cars connected.", registry=self.registry)
        histogram = Histogram(
            "roadsight_bridge_stage_seconds",
            "Time of each stage of an answer, in seconds.",
            ["stage"],
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self._stages = {stage: histogram.labels(stage=stage.value) for stage in Stage}
        self._latest: dict[Stage, deque[float]] = {stage: deque(maxlen=_WINDOW) for stage in Stage}

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"roadsight_bridge_{name}", text, labels, registry=self.registry)

    def observe(self, stage: Stage, seconds: float) -> None:
        """Notes how long a stage took, in seconds."""
        self._stages[stage].observe(seconds)
        self._latest[stage].append(seconds)

    def latency_ms(self) -> dict[str, dict[str, float | None]]:
        """Median and 99th percentile of each stage's latest thousand, in ms; ``None`` before."""
        found: dict[str, dict[str, float | None]] = {}
        for stage, latest in self._latest.items():
            ordered = sorted(latest.copy())
            last = len(ordered) - 1
            found[stage.value] = {
                name: 1000.0 * ordered[round(quantile * last)] if ordered else None
                for name, quantile in (("p50", 0.5), ("p99", 0.99))
            }
        return found

    def counts(self) -> dict[str, float]:
        """Every counter's value by its name in short, with its label if it has one."""
        found: dict[str, float] = {}
        for family in self.registry.collect():
            for sample in family.samples:
                if family.type == "counter" and sample.name.endswith("_total"):
                    name = sample.name.removeprefix("roadsight_bridge_").removesuffix("_total")
                    label = next(iter(sample.labels.values()), "")
                    found[f"{name}.{label}" if label else name] = sample.value
        return found


class Stopwatch:
    """Times the stages of one answer.

    Args:
        metrics: where the times are noted.
        started_s: when the telemetry came in, ``time.perf_counter()``.
    """

    def __init__(self, metrics: BridgeMetrics, started_s: float) -> None:
        self._metrics = metrics
        self._started_s = started_s
        self._lap_s = started_s

    def lap(self, stage: Stage) -> None:
        """The stage that began with the last lap is over."""
        now_s = time.perf_counter()
        self._metrics.observe(stage, now_s - self._lap_s)
        self._lap_s = now_s

    def stop(self) -> None:
        """The answer is out."""
        self._metrics.observe(Stage.TOTAL, time.perf_counter() - self._started_s)
