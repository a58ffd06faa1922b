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
        self._totals: deque[float] = deque(maxlen=_WINDOW)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"roadsight_bridge_{name}", text, labels, registry=self.registry)

    def observe(self, stage: Stage, seconds: float) -> None:
        """Notes how long a stage took, in seconds."""
        self._stages[stage].observe(seconds)
        if stage is Stage.TOTAL:
            self._totals.append(seconds)

    def total_ms(self, quantile: float) -> float | None:
        """A quantile, 0..1, of the latest thousand totals, in ms; ``None`` before the first."""
        totals = sorted(self._totals)
        return 1000.0 * totals[int(quantile * (len(totals) - 1))] if totals else None

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
