"""Keeps one telemetry loop going per car: neither none nor two.

The simulator works in lock step: every ``steer`` or ``manual`` that it gets makes it send one
telemetry. So a loop is a token that goes to and fro, and a token is lost for good when a
telemetry stays unanswered. The simulator starts with *two* tokens (its opening fires twice), and
every ``steer`` that answers nothing adds one. Two loops cost twice the work, and the car is steered
by pictures that wait behind one another. None, and the car drives on without us.

The scheme:

* Count how many telemetries may be under way: two on connecting, one more for each command that
  is sent, one less for each telemetry that comes in.
* A telemetry that comes in while no other can be under way is answered at once. This is the rule.
* If another may be under way, it is kept for ``settle_s``: when the other one comes, the older is
  dropped and the newer answered, and there is one loop less. When nothing comes, the count
  was too high; it is corrected, and the kept telemetry is answered. On opening this makes one loop
  of two, and a client that opens with one telemetry only waits once for ``settle_s``.
* If the second opening telemetry comes later than that, two loops go round unnoticed. They show,
  because the simulator answers both in the same frame of its own: the same picture twice while the
  car moves. This is a suspicion, not a proof, so it is tested in the same way: the telemetry is
  kept, and dropped only if another one comes. A test that fails puts the next one off tenfold.
* After ``watchdog_s`` of silence the last command is sent again, which may make a second token (if
  the first was not lost, but late): the count knows of it. Each further time it waits twice as
  long, since a simulator that is paused answers all of them at once when it goes on.

Nothing is sent before the client has sent something, unless it stays silent for five times
``watchdog_s``: it may still be loading its track.
"""

from __future__ import annotations

from enum import Enum, auto

OPENING_TELEMETRIES = 2
_MAX_BACK_OFF = 8
_OPENING_PATIENCE = 5


class Action(Enum):
    """What is to be done now."""

    ANSWER = auto()
    """Answer the telemetry that came last."""
    KEEP = auto()
    """Do nothing yet; ask ``due`` again at ``deadline_s``."""
    RESEND = auto()
    """The car is silent: send the last command again."""


class LoopKeeper:
    """The account of one car's telemetries. Times are seconds of one monotonic clock.

    Args:
        settle_s: how long to keep a telemetry for another that may be under way.
        watchdog_s: after how much silence to send again.
        now_s: the time of connecting.

    Attributes:
        surplus: telemetries that were dropped because a newer one came before they were answered.
        silences: how often the watchdog has had to send since the last telemetry.
        deadline_s: when ``due`` is to be asked.
    """

    def __init__(self, settle_s: float, watchdog_s: float, now_s: float) -> None:
        self.surplus = 0
        self.silences = 0
        self._settle_s = settle_s
        self._watchdog_s = watchdog_s
        self._under_way = OPENING_TELEMETRIES
        self._kept = False
        self._repeats = 0
        self._next_test = 1
        self.deadline_s = now_s + _OPENING_PATIENCE * watchdog_s

    def arrived(self, now_s: float, repeated: bool = False) -> Action:
        """A telemetry came in.

        Args:
            now_s: the time.
            repeated: it carries the picture of the one before, although the car moves.

        Returns:
            ``ANSWER`` or ``KEEP``.
        """
        self._under_way = max(self._under_way - 1, 0)
        self.silences = 0
        if self._kept:
            self.surplus += 1
            self._next_test = 1
        elif repeated:
            self._repeats += 1
        suspicious = not self._kept and repeated and self._repeats >= self._next_test
        self._kept = self._under_way > 0 or suspicious
        if not self._kept:
            return Action.ANSWER
        if suspicious:
            self._repeats = 0
            self._next_test *= 10
        self.deadline_s = now_s + self._settle_s
        return Action.KEEP

    def dropped(self) -> None:
        """A telemetry came in while the one before was being answered: it is proven surplus."""
        self._under_way = max(self._under_way - 1, 0)
        self.surplus += 1

    def due(self, now_s: float) -> Action:
        """What is to be done when the time passes without a telemetry; any of the actions."""
        if now_s < self.deadline_s:
            return Action.KEEP
        if self._kept:
            self._kept = False
            self._under_way = 0
            return Action.ANSWER
        self.silences += 1
        return Action.RESEND

    def sent(self, now_s: float) -> None:
        """A command was sent, as the answer to a telemetry or into silence."""
        self._under_way += 1
        back_off = min(2**self.silences, _MAX_BACK_OFF)
        self.deadline_s = now_s + self._watchdog_s * back_off
