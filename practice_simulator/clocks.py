"""What makes time go on: the bridge's answers, or the clock on the wall."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable

import websocket

from practice_simulator.car import PHYSICS_STEP_S
from practice_simulator.connection import Connection, waits
from practice_simulator.link import Link, Word
from practice_simulator.simulation import Simulation

STEPS_PER_ANSWER = 4
"""The fast clock's physics steps for each answer: 0.08 s, about what the real simulator takes."""
GRACE_S = 1.0
"""How long the fast clock waits for the other loops' answers before it takes those for dead."""
_LONGEST_LAG_S = 0.3
_GONE = "the bridge went away and did not come back"

Dial = Callable[[float], Connection]
"""Opens a connection, with a timeout in seconds."""


class Clock(ABC):
    """What both clocks share: the link to the bridge, and losing it."""

    def __init__(self, simulation: Simulation, connection: Connection, dial: Dial) -> None:
        self.simulation = simulation
        self._dial = dial
        self._heard_s = time.perf_counter()
        self._welcome(connection)

    def run(self) -> None:
        """Turn until the drive has ended; says farewell at the end."""
        try:
            while self.simulation.ended is None:
                self._turn()
        finally:
            self._connection.quit()

    @abstractmethod
    def _turn(self) -> None:
        """Wait for what comes next, and let time go on."""

    @abstractmethod
    def _opening(self) -> None:
        """The simulator's `open` handler: it fires on the connection and on the bridge's `0`."""

    def _welcome(self, connection: Connection) -> None:
        self._connection = connection
        self._link = Link(connection, self.simulation.numbers)
        connection.keep_alive()
        self._opening()

    def _command(self, word: Word) -> None:
        self._heard_s = time.perf_counter()
        if word.kind == "steer":
            self.simulation.world.car.command(word.steering, word.throttle)

    def _give_up_if_stalled(self) -> None:
        limit = self.simulation.settings.stall_timeout_s
        if time.perf_counter() - self._heard_s > limit:
            self.simulation.end(f"no usable steering came for {limit:g} s")

    def _try_again(self) -> bool:
        """One attempt to reconnect."""
        try:
            connection = self._dial(_LONGEST_LAG_S)
        except (OSError, websocket.WebSocketException):
            return False
        self.simulation.score.reconnects += 1
        self._heard_s = time.perf_counter()
        self._welcome(connection)
        return True


class FastClock(Clock):
    """Lock step: the world stands still until the bridge has answered, then makes four steps.

    Several telemetry loops may circulate (two do from the opening). They are kept abreast: each
    picture goes out once for every living loop, and time goes on once all have answered it. A loop
    whose answer does not come within `GRACE_S` of another's is taken for dead; a malformed answer
    kills its loop at once. So the same answers to the same pictures give the same drive, however
    many loops there are and however fast the machines.
    """

    def __init__(self, simulation: Simulation, connection: Connection, dial: Dial) -> None:
        self._loops = 0
        self._answered = 0
        self._first_answer_s = 0.0
        self._sent_s = 0.0
        super().__init__(simulation, connection, dial)

    def _opening(self) -> None:
        self._loops += 1
        self._send(1)

    def _send(self, copies: int) -> None:
        for copy in range(copies):
            text = self.simulation.next_telemetry()
            if copy == 0:
                self._sent_s = time.perf_counter()
            self._link.send(text)

    def _turn(self) -> None:
        waiting = self._answered > 0
        word = self._link.next(GRACE_S / 4 if waiting else min(1.0, self._stall_slice()))
        if word is not None:
            self._hear(word)
        elif waiting and time.perf_counter() - self._first_answer_s > GRACE_S:
            self._loops = self._answered
        if self._answered and self._answered >= self._loops:
            self._go_on()
        self._give_up_if_stalled()

    def _stall_slice(self) -> float:
        return max(0.01, self.simulation.settings.stall_timeout_s / 4)

    def _hear(self, word: Word) -> None:
        if word.kind == "gone":
            self._coast_until_back()
        elif word.kind == "open":
            self._opening()
        elif word.kind == "malformed":
            self.simulation.score.stalled_answers += 1
            self._loops = max(0, self._loops - 1)
        else:
            if not self._answered:
                self._first_answer_s = word.at_s
                self.simulation.score.answered(word.at_s - self._sent_s)
            self._answered += 1
            self._command(word)

    def _go_on(self) -> None:
        # An answer that nothing was sent for starts a loop of its own, as in the original.
        self._loops = max(self._loops, self._answered)
        self._answered = 0
        self.simulation.advance(STEPS_PER_ANSWER)
        self.simulation.report_progress()
        if self.simulation.ended is None:
            self._send(self._loops)

    def _coast_until_back(self) -> None:
        """The car keeps its last command; each wait is driven in full, so this repeats too."""
        self._connection.drop()
        self._loops = self._answered = 0
        schedule = waits()
        spent, attempt = 0.0, 0
        while self.simulation.ended is None and not self._try_again():
            wait = schedule[min(attempt, len(schedule) - 1)]
            attempt += 1
            if spent + wait > self.simulation.settings.connect_timeout_s:
                self.simulation.end(_GONE)
                return
            time.sleep(wait)
            spent += wait
            self.simulation.advance(round(wait / PHYSICS_STEP_S))


class RealTimeClock(Clock):
    """Physics follows the wall; telemetry goes out at the first step after an answer.

    When answers stop, physics goes on with the last command, as in the real simulator.
    """

    def __init__(self, simulation: Simulation, connection: Connection, dial: Dial) -> None:
        self._owed = 0
        self._sent_s = time.perf_counter()
        self._lost_s: float | None = None
        self._next_attempt_s = 0.0
        self._attempt = 0
        super().__init__(simulation, connection, dial)
        self._next_step_s = time.perf_counter() + PHYSICS_STEP_S

    def _opening(self) -> None:
        self._owed += 1

    def _turn(self) -> None:
        left = self._next_step_s - time.perf_counter()
        if self._lost_s is None:
            word = self._link.next(max(0.0, left))
            if word is not None:
                self._hear(word)
        elif left > 0:
            time.sleep(left)
        now = time.perf_counter()
        if now < self._next_step_s:
            return
        if now - self._next_step_s > _LONGEST_LAG_S:
            # Like Unity: after a long hang the time lost is not made up for.
            self._next_step_s = now
        while self._next_step_s <= now:
            self.simulation.advance(1)
            self._next_step_s += PHYSICS_STEP_S
        self.simulation.report_progress()
        if self._lost_s is not None:
            self._seek(now)
            return
        while self._owed and self.simulation.ended is None:
            self._owed -= 1
            text = self.simulation.next_telemetry()
            self._sent_s = time.perf_counter()
            self._link.send(text)
        self._give_up_if_stalled()

    def _hear(self, word: Word) -> None:
        if word.kind == "gone":
            self._connection.drop()
            self._owed = self._attempt = 0
            self._lost_s = self._next_attempt_s = time.perf_counter()
        elif word.kind == "open":
            self._opening()
        elif word.kind == "malformed":
            self.simulation.score.stalled_answers += 1
        else:
            self.simulation.score.answered(max(0.0, word.at_s - self._sent_s))
            self._owed += 1
            self._command(word)

    def _seek(self, now: float) -> None:
        if self._lost_s is None or now < self._next_attempt_s:
            return
        if self._try_again():
            self._lost_s = None
            return
        if now - self._lost_s > self.simulation.settings.connect_timeout_s:
            self.simulation.end(_GONE)
        schedule = waits()
        self._next_attempt_s = now + schedule[min(self._attempt, len(schedule) - 1)]
        self._attempt += 1
