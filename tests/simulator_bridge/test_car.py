"""A car's worker without a network."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest

from benchmarks.raw_simulator import telemetry_text
from simulator_bridge.car import Car
from simulator_bridge.inbox import CAPACITY, Inbox
from simulator_bridge.metrics import BridgeMetrics
from simulator_bridge.settings import BridgeSettings
from simulator_bridge.steering_source import Prediction
from tests.simulator_bridge.harness import TIMEOUT_S, wait_until

Sent = tuple[str, dict[str, str]]


class Predictor:
    def __init__(self) -> None:
        self.error: Exception | None = None

    def predict(self, image: bytes) -> Prediction:
        if self.error is not None:
            raise self.error
        return Prediction(0.5)


class Driven:
    """A car with its worker, and what it was sent."""

    def __init__(self) -> None:
        self.predictor = Predictor()
        self.metrics = BridgeMetrics()
        self.sent: queue.Queue[Sent] = queue.Queue()
        self.car = Car(
            "car-1",
            settings=BridgeSettings(settle_ms=10, watchdog_ms=60000),
            predictor=self.predictor,
            metrics=self.metrics,
            inbox=Inbox(queue.Queue(CAPACITY)),
            emit=lambda event, payload: self.sent.put((event, payload)),
        )
        self.worker = threading.Thread(target=self.car.run, daemon=True)

    def receive(self, jpeg: bytes) -> None:
        payload = {"steering_angle": "0.0", "throttle": "0.0", "speed": "20.0", "image": jpeg}
        self.car.receive(payload)

    def next_sent(self) -> Sent:
        return self.sent.get(timeout=TIMEOUT_S)


@pytest.fixture
def driven() -> Iterator[Driven]:
    driven = Driven()
    driven.worker.start()
    yield driven
    driven.car.finish(gone=True)
    driven.worker.join(TIMEOUT_S)


def test_an_error_of_our_own_is_answered_and_the_next_drives(
    driven: Driven, jpegs: list[bytes]
) -> None:
    driven.predictor.error = RuntimeError("a bug")
    driven.receive(jpegs[0])
    assert driven.next_sent() == ("steer", {"steering_angle": "0.0000", "throttle": "0.0000"})
    assert driven.metrics.counts()["errors"] == 1
    driven.predictor.error = None
    driven.receive(jpegs[1])
    assert driven.next_sent()[1]["steering_angle"] == "0.5000"


def test_a_flood_is_bounded_and_the_newest_is_answered(jpegs: list[bytes]) -> None:
    driven = Driven()
    for _ in range(CAPACITY + 5):
        driven.receive(jpegs[0])
    driven.worker.start()
    assert driven.next_sent()[0] == "steer"
    driven.car.finish(gone=True)
    driven.worker.join(TIMEOUT_S)
    assert driven.sent.empty()
    assert driven.metrics.counts()["surplus_telemetries"] == CAPACITY + 4


@pytest.mark.parametrize(("gone", "commands"), [(False, 1), (True, 0)])
def test_a_car_that_is_still_there_is_stopped_in_the_end(gone: bool, commands: int) -> None:
    driven = Driven()
    driven.worker.start()
    driven.car.finish(gone)
    driven.worker.join(TIMEOUT_S)
    assert driven.sent.qsize() == commands
    assert not driven.car.running


def test_the_newest_frame_is_there_for_perception(driven: Driven, jpegs: list[bytes]) -> None:
    assert driven.car.newest_frame.newer_than(0) is None
    driven.receive(jpegs[0])
    driven.next_sent()
    frame = wait_until(lambda: driven.car.newest_frame.newer_than(0), "there is a frame")
    assert (frame.number, frame.jpeg) == (1, jpegs[0])
    assert driven.car.newest_frame.newer_than(1) is None


def test_the_length_of_a_telemetry_is_the_simulators(jpegs: list[bytes]) -> None:
    assert 18_000 < len(telemetry_text(jpegs[0])) < 22_000
