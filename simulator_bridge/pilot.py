"""From prediction and speed to the command for one car."""

from __future__ import annotations

from simulator_bridge.commands import STOP, Command
from simulator_bridge.safety import Mode, SafetyState, decide, stopping_throttle
from simulator_bridge.settings import BridgeSettings
from simulator_bridge.speed_control import never_reverse, speed_control


class Pilot:
    """Drives one car: puts the safety rules and the speed controller together.

    Attributes:
        mode: what the car is doing.
        last: the last command.
    """

    def __init__(self, settings: BridgeSettings) -> None:
        self.mode = Mode.STOPPING
        self.last = STOP
        self._settings = settings
        self._control = speed_control(settings)
        self._memory = self._control.memory
        self._safety = SafetyState()
        self._speed_mph: float | None = None

    def drive(self, prediction: float | None, speed_mph: float | None, now_s: float) -> Command:
        """The command that answers one telemetry.

        Args:
            prediction: the predicted angle, -1..1; ``None`` if there was none in time.
            speed_mph: the car's speed in mph; ``None`` if it did not come (the last one counts).
            now_s: seconds of a monotonic clock.
        """
        if speed_mph is not None:
            self._speed_mph = speed_mph
        decision, self._safety = decide(
            self._safety, prediction, now_s, self._settings.hold_ms / 1000.0
        )
        steering = decision.steering
        if decision.mode is Mode.DRIVING and self.mode is Mode.DRIVING:
            kept = self._settings.smoothing
            steering = kept * self.last.steering + (1.0 - kept) * steering
        self.mode = decision.mode
        self.last = Command(steering, self._throttle(steering))
        return self.last

    def wake(self, attempt: int) -> Command:
        """The command that is sent into silence.

        The first time it is the last command: the car has it already, so that nothing changes if
        only a message was lost. From then on nothing is known of the car: straight on, no throttle.
        """
        if attempt > 1 or self.mode is not Mode.DRIVING:
            self.mode = Mode.STOPPING
            self.last = STOP
        return self.last

    def hand_over(self) -> None:
        """A person drives; what is driven afterwards does not depend on what was before."""
        self.mode = Mode.MANUAL
        self.last = STOP
        self._memory = self._control.memory

    def _throttle(self, steering: float) -> float:
        if self.mode is Mode.STOPPING:
            self._memory = self._control.memory
            return stopping_throttle(self._speed_mph, self._settings.stop_brake)
        if self._speed_mph is None:
            return 0.0
        throttle, self._memory = self._control.step(self._memory, steering, self._speed_mph)
        return never_reverse(throttle, self._speed_mph)
