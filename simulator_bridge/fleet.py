"""The cars that are connected: from Socket.IO events to the car they belong to."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from engineio.exceptions import EngineIOError

from simulator_bridge.car import Car
from simulator_bridge.inbox import CAPACITY, Inbox
from simulator_bridge.legacy_client import SimulatorServer
from simulator_bridge.metrics import BridgeMetrics
from simulator_bridge.recorder import Recorder
from simulator_bridge.settings import BridgeSettings
from simulator_bridge.steering_source import SteeringSource
from simulator_bridge.websocket import Environ

log = logging.getLogger(__name__)

_MISSING = ""
"""Payload of a telemetry event that has none; ``None`` would mean that a person drives."""


@dataclass(frozen=True, slots=True)
class _Member:
    car: Car
    recorder: Recorder | None


class Fleet:
    """Every car, each with its own worker, mailbox and recorder.

    Args:
        settings: the bridge's.
        server: the Socket.IO server whose events these are.
        source: where the steering comes from.
        metrics: where everything is counted.

    Attributes:
        ever: how many cars have connected since the start.
    """

    def __init__(
        self,
        settings: BridgeSettings,
        server: SimulatorServer,
        source: SteeringSource,
        metrics: BridgeMetrics,
    ) -> None:
        self.ever = 0
        self._settings = settings
        self._server = server
        self._source = source
        self._metrics = metrics
        self._members: dict[str, _Member] = {}
        server.on("connect", self._on_connect)
        server.on("disconnect", self._on_disconnect)
        server.on("telemetry", self._on_telemetry)

    def cars(self) -> list[Car]:
        """The cars that are connected now, the oldest first."""
        return [member.car for member in self._members.copy().values()]

    def stop(self, timeout_s: float) -> None:
        """Stops every car and waits for its worker and recorder, ``timeout_s`` seconds at most."""
        members = list(self._members.values())
        for member in members:
            member.car.finish(gone=False)
        # Workers have no join with a limit in eventlet; they end within the deadline of a call.
        waited_s = 0.0
        while waited_s < timeout_s and any(member.car.running for member in members):
            self._server.sleep(0.01)
            waited_s += 0.01
        for member in members:
            if member.recorder is not None:
                member.recorder.close(timeout_s)

    def _on_connect(self, sid: str, environ: Environ, _auth: object = None) -> None:
        self.ever += 1
        name = f"car-{self.ever}"
        recorder = self._recorder(self._settings.record, name)

        def emit(event: str, payload: dict[str, str]) -> None:
            try:
                self._server.emit(event, payload, to=sid)
            except EngineIOError:
                log.debug("%s has gone before it was answered", name)

        car = Car(
            name,
            settings=self._settings,
            predictor=self._source,
            metrics=self._metrics,
            inbox=Inbox(self._server.eio.create_queue(CAPACITY)),
            emit=emit,
            recorder=recorder,
        )
        self._members[sid] = _Member(car, recorder)
        self._server.start_background_task(car.run)
        self._metrics.cars.set(len(self._members))
        log.info("%s connected from %s", name, environ.get("REMOTE_ADDR", "an unknown address"))

    def _recorder(self, root: Path | None, name: str) -> Recorder | None:
        if root is None:
            return None
        return Recorder(root, name, self._settings.record_queue, self._metrics)

    def _on_disconnect(self, sid: str, reason: str) -> None:
        member = self._members.pop(sid, None)
        if member is None:
            return
        member.car.finish(gone=True)
        self._metrics.cars.set(len(self._members))
        log.info(
            "%s is gone after %d answers (%s)", member.car.name, member.car.status.answered, reason
        )
        if member.recorder is not None:
            member.recorder.close(timeout_s=0.0)

    def _on_telemetry(self, sid: str, *payloads: object) -> None:
        member = self._members.get(sid)
        if member is not None:
            member.car.receive(payloads[0] if payloads else _MISSING)
