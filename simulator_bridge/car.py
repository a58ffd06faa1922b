"""One connected car: its mailbox, and the one worker that owns its state and answers it.

The thread that reads the websocket only puts telemetries into the mailbox. So it is always known
whether another one has come in while the last is being answered, which the account of loops needs
(see ``loop_keeper``), and the waits of the watchdog are the waits on the mailbox.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from simulator_bridge.commands import STOP, Command, to_payload
from simulator_bridge.inbox import Arrival, Inbox
from simulator_bridge.loop_keeper import Action, LoopKeeper
from simulator_bridge.metrics import BridgeMetrics, Stage, Stopwatch
from simulator_bridge.newest_frame import NewestFrame
from simulator_bridge.pilot import Pilot
from simulator_bridge.recorder import RecordedFrame, Recorder
from simulator_bridge.safety import Mode
from simulator_bridge.settings import BridgeSettings
from simulator_bridge.steering_source import Failure, Prediction
from simulator_bridge.telemetry import Fault, Telemetry, read_telemetry

log = logging.getLogger(__name__)

MOVING_ABOVE_MPH = 1.0
"""Above this speed two telemetries in a row cannot carry the same picture, in mph."""

_LONGEST_WAIT_S = 0.1
"""How soon a worker sees that it shall finish, in seconds."""

Emit = Callable[[str, dict[str, str]], None]
"""Sends an event with its object to the car."""


class Predictor(Protocol):
    """Whoever knows the steering angle for a JPEG file."""

    def predict(self, image: bytes) -> Prediction:
        """The angle, or why there is none. Raises nothing."""


@dataclass(frozen=True, slots=True)
class CarStatus:
    """What the cockpit shows of a car."""

    mode: Mode = Mode.STOPPING
    steering: float = 0.0
    throttle: float = 0.0
    speed_mph: float | None = None
    reported_steering_deg: float | None = None
    reported_throttle: float | None = None
    failure: Failure | None = None
    answered: int = 0


class Car:
    """A connected car.

    Args:
        name: what the log and the cockpit call it.
        settings: the bridge's.
        predictor: whom to ask for the steering.
        metrics: where everything is counted.
        inbox: where its telemetries come in.
        emit: sends an event to this car.
        recorder: records the drive, if it is to be recorded.

    Attributes:
        name: as given.
        status: the latest state, replaced as a whole with each answer.
        newest_frame: the latest picture.
        running: false once ``run`` has returned.
    """

    def __init__(
        self,
        name: str,
        *,
        settings: BridgeSettings,
        predictor: Predictor,
        metrics: BridgeMetrics,
        inbox: Inbox,
        emit: Emit,
        recorder: Recorder | None = None,
    ) -> None:
        self.name = name
        self.status = CarStatus()
        self.newest_frame = NewestFrame()
        self.running = True
        self._predictor = predictor
        self._metrics = metrics
        self._inbox = inbox
        self._emit = emit
        self._recorder = recorder
        self._pilot = Pilot(settings)
        self._loop = LoopKeeper(
            settings.settle_ms / 1000.0, settings.watchdog_ms / 1000.0, time.monotonic()
        )
        self._kept = Arrival(None, 0.0)
        self._last_image: bytes | None = None
        self._decimal_comma = False
        self._faults: set[Fault] = set()
        self._gone = False
        self._finishing = False

    def receive(self, payload: object) -> None:
        """Takes a telemetry; called by the thread that reads the connection. Never waits."""
        self._metrics.telemetries.inc()
        if not self._inbox.put(payload):
            # Not a lock-step client. Those that wait are answered, which keeps its loop alive.
            self._metrics.surplus.inc()

    def finish(self, gone: bool) -> None:
        """``run`` shall return soon.

        Args:
            gone: the car has left. Otherwise it is stopped first: without an answer it would keep
                its last command and drive on.
        """
        self._gone = gone
        self._finishing = True

    def run(self) -> None:
        """Answers telemetries until ``finish``. Never raises."""
        while not self._finishing:
            try:
                wait_s = self._loop.deadline_s - time.monotonic()
                arrivals = self._inbox.take(min(max(wait_s, 0.001), _LONGEST_WAIT_S))
                if arrivals:
                    self._drop(arrivals[:-1])
                    self._on_arrival(arrivals[-1])
                elif not self._finishing:
                    self._on_time()
            except Exception:
                # Whatever went wrong: an unanswered car stands still for good.
                log.exception("%s: internal error, answered with a stop", self.name)
                self._metrics.errors.inc()
                self._steer(STOP)
        if not self._gone:
            self._steer(STOP)
        self.running = False

    def _drop(self, arrivals: list[Arrival]) -> None:
        """Surplus: a newer telemetry has come before these were answered."""
        for _ in arrivals:
            self._loop.dropped()
            self._metrics.surplus.inc()

    def _on_time(self) -> None:
        action = self._loop.due(time.monotonic())
        if action is Action.ANSWER:
            self._answer(self._kept, read_telemetry(self._kept.payload), timed=False)
        elif action is Action.RESEND:
            self._metrics.resends.inc()
            if self._loop.silences == 1:
                log.info("%s: no telemetry comes, trying to wake it", self.name)
            if self._pilot.mode is Mode.MANUAL:
                self._send("manual", {}, again=True)
            else:
                self._steer(self._pilot.wake(self._loop.silences), again=True)

    def _on_arrival(self, arrival: Arrival) -> None:
        telemetry = read_telemetry(arrival.payload)
        surplus = self._loop.surplus
        repeated = (
            telemetry.image is not None
            and telemetry.image == self._last_image
            and (telemetry.speed_mph or 0.0) > MOVING_ABOVE_MPH
        )
        self._last_image = telemetry.image
        action = self._loop.arrived(time.monotonic(), repeated)
        self._metrics.surplus.inc(self._loop.surplus - surplus)
        if action is Action.ANSWER:
            self._answer(arrival, telemetry, timed=True)
        else:
            self._kept = arrival

    def _answer(self, arrival: Arrival, telemetry: Telemetry, timed: bool) -> None:
        if arrival.payload is None:
            self._pilot.hand_over()
            self._send("manual", {})
            self.status = CarStatus(Mode.MANUAL, answered=self.status.answered + 1)
            return
        watch = Stopwatch(self._metrics, arrival.at_s if timed else time.perf_counter())
        self._note(telemetry)
        watch.lap(Stage.DECODE)
        prediction = self._predict(telemetry)
        watch.lap(Stage.PREDICT)
        command = self._pilot.drive(prediction.steering, telemetry.speed_mph, time.monotonic())
        watch.lap(Stage.CONTROL)
        self._steer(command)
        watch.lap(Stage.SEND)
        watch.stop()
        self._show(telemetry, prediction, command)

    def _note(self, telemetry: Telemetry) -> None:
        for fault in telemetry.faults:
            self._metrics.faults.labels(fault=fault.value).inc()
            if fault not in self._faults:
                self._faults.add(fault)
                log.warning("%s: a malformed telemetry (%s), answered safely", self.name, fault)
        if telemetry.decimal_comma is not None:
            self._decimal_comma = telemetry.decimal_comma

    def _predict(self, telemetry: Telemetry) -> Prediction:
        if telemetry.image is None:
            prediction = Prediction(None, Failure.NO_PICTURE)
        else:
            prediction = self._predictor.predict(telemetry.image)
        if prediction.service_s is not None:
            self._metrics.observe(Stage.SERVICE, prediction.service_s)
        if prediction.failure is not None:
            self._metrics.failures.labels(kind=prediction.failure.value).inc()
        return prediction

    def _steer(self, command: Command, again: bool = False) -> None:
        self._send("steer", to_payload(command, self._decimal_comma), again)

    def _send(self, event: str, payload: dict[str, str], again: bool = False) -> None:
        if not again:
            # What came in while this answer was made is a second loop: it gets none of its own.
            self._drop(self._inbox.take_waiting())
        self._emit(event, payload)
        self._loop.sent(time.monotonic())
        self._metrics.answers.labels(event=event).inc()

    def _show(self, telemetry: Telemetry, prediction: Prediction, command: Command) -> None:
        self.status = CarStatus(
            mode=self._pilot.mode,
            steering=command.steering,
            throttle=command.throttle,
            speed_mph=telemetry.speed_mph,
            reported_steering_deg=telemetry.steering_angle_deg,
            reported_throttle=telemetry.throttle,
            failure=prediction.failure,
            answered=self.status.answered + 1,
        )
        if telemetry.image is None:
            return
        self.newest_frame.put(telemetry.image)
        if self._recorder is not None:
            speed_mph = telemetry.speed_mph or 0.0
            self._recorder.offer(RecordedFrame(telemetry.image, command, speed_mph, datetime.now()))
