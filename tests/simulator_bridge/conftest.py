"""Services, bridges and cars for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from benchmarks.raw_simulator import RawSimulator, telemetry_text
from tests.simulator_bridge.harness import TIMEOUT_S, BridgeProcess, FakeService, draw_jpeg


@pytest.fixture(params=["threading", "eventlet"], scope="session")
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def running_service() -> Iterator[FakeService]:
    service = FakeService()
    service.start()
    yield service
    service.reset()
    service.stop()


@pytest.fixture
def service(running_service: FakeService) -> Iterator[FakeService]:
    running_service.reset()
    yield running_service
    running_service.reset()


@pytest.fixture(scope="session")
def running_bridge(mode: str, running_service: FakeService) -> Iterator[BridgeProcess]:
    """One bridge for each mode. It is patient, so that a busy machine changes no outcome."""
    bridge = BridgeProcess(
        server=mode,
        steering_address=running_service.address,
        watchdog_ms=30000,
        settle_ms=1000,
        deadline_ms=5000,
        hold_ms=0,
    )
    yield bridge
    assert bridge.stop() == 0


@pytest.fixture
def bridge(running_bridge: BridgeProcess, service: FakeService) -> BridgeProcess:
    return running_bridge


@pytest.fixture
def start_bridge() -> Iterator[Callable[..., BridgeProcess]]:
    """Starts bridges with settings of the test's own; they are stopped with the test."""
    started: list[BridgeProcess] = []

    def start(**settings: object) -> BridgeProcess:
        started.append(BridgeProcess(**settings))
        return started[-1]

    yield start
    for bridge in started:
        bridge.stop()


@pytest.fixture(scope="session")
def jpegs() -> list[bytes]:
    return [draw_jpeg(seed) for seed in range(8)]


@pytest.fixture
def connect(jpegs: list[bytes]) -> Iterator[Callable[[int], RawSimulator]]:
    """Opens cars whose two opening telemetries have become one loop already."""
    opened: list[RawSimulator] = []

    def connect(port: int) -> RawSimulator:
        car = RawSimulator(port, TIMEOUT_S)
        opened.append(car)
        for jpeg in jpegs[:2]:
            car.send_text(telemetry_text(jpeg))
        car.next_event()
        return car

    yield connect
    for car in opened:
        car.close()
