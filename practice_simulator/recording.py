"""Mode `record`: the expert drives, and a recording is written as by the simulator's training mode.

Most of the way he follows his line, disturbed a little now and then: his hands are pushed, but what
is recorded is the steering he wants. In between come recoveries: unrecorded, he lets the car drift
towards an edge; the way back is recorded. So the steering in the log is always the one that suits
the picture beside it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from practice_simulator.camera import Cameras
from practice_simulator.car import METRES_PER_SECOND_PER_MPH, PHYSICS_STEP_S
from practice_simulator.driving_log import DrivingLog
from practice_simulator.expert import Expert
from practice_simulator.report import RecordProgress, RecordReport
from practice_simulator.settings import RecordSettings
from practice_simulator.track import Course
from practice_simulator.tracks import load_track
from practice_simulator.weather import weather_for
from practice_simulator.world import World

STEPS_PER_ROW = 4
"""A row every 0.08 s: training mode's nominal 15 Hz, which in practice is 0.07 to 0.12 s."""
DRIFT_S = 3.0
RETURN_S = 4.0
BACK_ON_LINE_M = 0.12


@dataclass(frozen=True, slots=True)
class Moment:
    """What the driver does in this step: where he aims, how hands are pushed, what is recorded."""

    target_offset_m: float
    push: float
    phase: Literal["line", "drift", "return"]


class Manoeuvres:
    """Chooses between following the line, drifting aside and coming back; seeded."""

    def __init__(self, course: Course, share: float, rng: np.random.Generator) -> None:
        self._rng = rng
        self._share = share
        self._half_width = course.track.half_width_m
        self._lane = course.track.lane_offset_m
        self._push = 0.0
        self._phase: Literal["line", "drift", "return"] = "line"
        self._target = 0.0
        self._left_s = self._pause()

    def next(self, offset_m: float) -> Moment:
        """Advance 0.02 s; `offset_m` is where the car is, right of the ideal line."""
        self._left_s -= PHYSICS_STEP_S
        rng = self._rng
        # A slow random push: mean-reverting, about 1.5 s long.
        self._push += -self._push * PHYSICS_STEP_S / 1.5 + 0.035 * PHYSICS_STEP_S**0.5 * float(
            rng.standard_normal()
        )
        if self._phase == "line" and self._left_s <= 0:
            self._phase, self._left_s = "drift", DRIFT_S
            # Out to where the wheels are about on the edge line, to either side of the road.
            reach = (self._half_width - 0.9) * float(rng.uniform(0.45, 1.0))
            self._target = reach * float(rng.choice([-1.0, 1.0])) - self._lane
        elif self._phase == "drift" and (
            self._left_s <= 0 or abs(offset_m - self._target) < 0.1 * abs(self._target)
        ):
            self._phase, self._left_s = "return", RETURN_S
        elif self._phase == "return" and (self._left_s <= 0 or abs(offset_m) < BACK_ON_LINE_M):
            self._phase, self._left_s = "line", self._pause()
        if self._phase == "drift":
            return Moment(self._target, 0.0, "drift")
        return Moment(0.0, self._push, self._phase)

    def _pause(self) -> float:
        """Seconds on the line until the next drift, so that the share comes out."""
        if self._share <= 0:
            return float("inf")
        busy = DRIFT_S * 0.7 + RETURN_S * 0.6
        return busy * (1 - self._share) / self._share * float(self._rng.uniform(0.6, 1.4))


def record(
    settings: RecordSettings, on_progress: Callable[[RecordProgress], None] | None = None
) -> RecordReport:
    """Write a recording of the expert's driving.

    Args:
        settings: what to drive, for how long, and where the recording goes.
        on_progress: called after every row.

    Raises:
        RecordingExistsError: the output folder already holds a recording.
        OSError: the output folder cannot be written.
    """
    log = DrivingLog(settings.output)
    began = time.perf_counter()
    track = load_track(settings.track)
    course = Course(track, settings.direction == "reverse")
    cameras = Cameras(
        track,
        weather_for(track.name, settings.seed),
        settings.seed,
        ("center", "left", "right"),
    )
    rng = np.random.default_rng([settings.seed, 53])
    # A recording of part of a lap should not always show the same part.
    start_m = 0.0 if settings.frames is None else float(rng.uniform(0, course.length_m))
    world = World(course, start_m, 0.6 * settings.speed_mph * METRES_PER_SECOND_PER_MPH)
    expert = Expert(course, settings.speed_mph)
    manoeuvres = Manoeuvres(course, settings.recovery_share, rng)
    largest = speed_sum = 0.0
    recovery_rows = 0
    with log, contextlib.closing(cameras):
        while not _done(settings, world, log.rows):
            moment = manoeuvres.next(world.place.offset_m)
            steering, throttle = expert.drive(
                world.car, world.place.along_m, moment.target_offset_m
            )
            world.car.command(steering, throttle)
            if world.steps % STEPS_PER_ROW == 0 and moment.phase != "drift":
                pictures = cameras.render(world.pose())
                car = world.car
                log.write(world.time_s, pictures, steering, max(0.0, throttle), car)
                recovery_rows += moment.phase == "return"
                speed_sum += car.speed_mph
                largest = max(largest, abs(world.place.offset_m))
                if on_progress is not None:
                    on_progress(_progress(settings, world, log.rows))
            world.car.command(steering + moment.push, throttle)
            world.step()
    return RecordReport(
        output=settings.output,
        track=track.name,
        direction=settings.direction,
        seed=settings.seed,
        rows=log.rows,
        recovery_rows=recovery_rows,
        laps=world.laps,
        simulated_s=world.time_s,
        wall_s=time.perf_counter() - began,
        distance_m=world.travelled_m,
        mean_speed_mph=speed_sum / max(1, log.rows),
        largest_offset_m=largest,
    )


def _done(settings: RecordSettings, world: World, rows: int) -> bool:
    return rows >= settings.frames if settings.frames is not None else world.laps >= settings.laps


def _progress(settings: RecordSettings, world: World, rows: int) -> RecordProgress:
    if settings.frames is not None:
        fraction = rows / settings.frames
    else:
        fraction = world.travelled_m / (settings.laps * world.course.length_m)
    return RecordProgress(min(1.0, max(0.0, fraction)), rows, world.time_s, world.travelled_m)
