"""Keeps the score of a drive, step by step, and makes the report of it."""

from __future__ import annotations

from practice_simulator.car import METRES_PER_SECOND_PER_MPH, PHYSICS_STEP_S
from practice_simulator.report import SECONDS_PER_INTERVENTION, DrivenPath, DriveReport
from practice_simulator.settings import DriveSettings
from practice_simulator.world import World


class Score:
    """What happened so far. Call `step` after every physics step of the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.path = DrivenPath()
        self.intervention_points: list[tuple[float, float]] = []
        self.telemetries = 0
        self.stalled_answers = 0
        self.reconnects = 0
        self._off_road_steps = 0
        self._offset_sum = 0.0
        self._largest = 0.0
        self._way_m = 0.0
        self._answers = 0
        self._answer_sum_s = 0.0
        self._slowest_s = 0.0

    def step(self, left_at: tuple[float, float] | None) -> None:
        """Count the step just made; `left_at` is where the car left the road for good in it."""
        world, car = self._world, self._world.car
        offset = world.place.offset_m
        self.path.append(car.x, car.z, offset, car.speed_mph, car.steering)
        self._offset_sum += abs(offset)
        self._largest = max(self._largest, abs(offset))
        self._way_m += abs(car.speed) * PHYSICS_STEP_S
        if left_at is not None:
            self.intervention_points.append(left_at)
        if world.off_road or left_at is not None:
            self._off_road_steps += 1

    def answered(self, seconds: float) -> None:
        """Count the wall time between a telemetry and its answer."""
        self._answers += 1
        self._answer_sum_s += seconds
        self._slowest_s = max(self._slowest_s, seconds)

    def report(
        self, settings: DriveSettings, wall_s: float, finished: bool, ended_because: str
    ) -> DriveReport:
        """The figures so far; see :class:`DriveReport`."""
        world = self._world
        elapsed = world.time_s
        steps = max(1, len(self.path))
        lost = world.interventions * SECONDS_PER_INTERVENTION
        return DriveReport(
            track=settings.track,
            direction=settings.direction,
            seed=settings.seed,
            clock=settings.clock,
            finished=finished,
            ended_because=ended_because,
            laps=world.laps,
            lap_times_s=list(world.lap_times_s),
            simulated_s=elapsed,
            wall_s=wall_s,
            distance_m=self._way_m,
            mean_speed_mph=self._way_m / max(elapsed, PHYSICS_STEP_S) / METRES_PER_SECOND_PER_MPH,
            time_off_road_s=self._off_road_steps * PHYSICS_STEP_S,
            largest_offset_m=self._largest,
            mean_abs_offset_m=self._offset_sum / steps,
            interventions=world.interventions,
            intervention_points=self.intervention_points,
            autonomy_percent=max(0.0, 1.0 - lost / max(elapsed, PHYSICS_STEP_S)) * 100.0,
            telemetries=self.telemetries,
            stalled_answers=self.stalled_answers,
            reconnects=self.reconnects,
            mean_answer_ms=1000.0 * self._answer_sum_s / max(1, self._answers),
            slowest_answer_ms=1000.0 * self._slowest_s,
            path=self.path,
        )
