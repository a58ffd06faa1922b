"""The steering service is late, answers nonsense, dies and comes back; the car always drives on or
stops, and is always answered."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import grpc
import pytest

from benchmarks.raw_simulator import RawSimulator, telemetry_text
from tests.simulator_bridge.harness import BridgeProcess, FakeService

Connect = Callable[[int], RawSimulator]
StartBridge = Callable[..., BridgeProcess]


@pytest.fixture(scope="module")
def patient() -> Iterator[tuple[BridgeProcess, FakeService]]:
    """A bridge that holds for long, and a service of its own."""
    service = FakeService()
    service.start()
    bridge = BridgeProcess(steering_address=service.address, hold_ms=5000, deadline_ms=500)
    yield bridge, service
    bridge.stop()
    service.stop()


@pytest.fixture
def own_service() -> Iterator[FakeService]:
    service = FakeService()
    service.start()
    yield service
    service.answering.set()
    service.stop()


def ask(car: RawSimulator, jpeg: bytes, speed_mph: float = 20.0) -> tuple[float, float]:
    car.send_text(telemetry_text(jpeg, speed_mph))
    name, payload = car.next_event()
    assert name == "steer"
    return float(payload["steering_angle"]), float(payload["throttle"])


def ask_until(car: RawSimulator, jpeg: bytes, wanted: float) -> None:
    """Drives on until the car is steered so; the tests' own time limit ends it otherwise."""
    while ask(car, jpeg)[0] != wanted:
        pass


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda service: setattr(service, "steering", math.nan), "not_finite"),
        (lambda service: setattr(service, "steering", math.inf), "not_finite"),
        (lambda service: service.answering.clear(), "late"),
        (lambda service: setattr(service, "error", grpc.StatusCode.INVALID_ARGUMENT), "refused"),
        (lambda service: setattr(service, "error", grpc.StatusCode.RESOURCE_EXHAUSTED), "busy"),
        (lambda service: setattr(service, "error", grpc.StatusCode.UNAVAILABLE), "unavailable"),
        (lambda service: setattr(service, "error", grpc.StatusCode.INTERNAL), "error"),
        (FakeService.stop, "unavailable"),
    ],
    ids=["nan", "inf", "late", "refused", "busy", "unavailable", "internal", "dead"],
)
def test_a_failure_is_held_and_counted(
    patient: tuple[BridgeProcess, FakeService],
    connect: Connect,
    jpegs: list[bytes],
    spoil: Callable[[FakeService], None],
    kind: str,
) -> None:
    bridge, service = patient
    service.reset()
    car = connect(bridge.port)
    ask_until(car, jpegs[0], 0.25)
    before = bridge.counts().get(f"prediction_failures.{kind}", 0)
    spoil(service)
    steering, throttle = ask(car, jpegs[1])
    assert steering == 0.25  # held
    assert throttle > 0.0
    assert bridge.counts()[f"prediction_failures.{kind}"] > before


def test_dead_and_back(
    mode: str,
    start_bridge: StartBridge,
    connect: Connect,
    jpegs: list[bytes],
    own_service: FakeService,
) -> None:
    bridge = start_bridge(
        server=mode, steering_address=own_service.address, hold_ms=0, deadline_ms=500
    )
    car = connect(bridge.port)
    assert ask(car, jpegs[0])[0] == 0.25
    own_service.stop()
    assert ask(car, jpegs[1]) == (0.0, -0.3)  # straight on, brakes
    assert ask(car, jpegs[1], speed_mph=4.0) == (0.0, 0.0)  # but never reverses
    bridge.wait_for_line(
        rf"no steering service at {own_service.address}: start it with `roadsight serve steering`"
    )
    own_service.start()
    ask_until(car, jpegs[2], 0.25)
    bridge.wait_for_line(r"is back \(\d+ calls failed\)")


def test_the_bridge_starts_before_the_service(
    start_bridge: StartBridge, connect: Connect, jpegs: list[bytes], own_service: FakeService
) -> None:
    own_service.stop()
    bridge = start_bridge(steering_address=own_service.address)
    bridge.wait_for_line("no steering service")
    car = connect(bridge.port)
    assert ask(car, jpegs[0], speed_mph=0.0) == (0.0, 0.0)
    assert bridge.state()["service"]["reachable"] is False
    own_service.start()
    ask_until(car, jpegs[1], 0.25)
    bridge.wait_for_line(r"serves model fake version 7 on NoExecutionProvider")
