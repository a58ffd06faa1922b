"""The car on the course, in steps of 0.02 s, with the rules of leaving the road."""

from __future__ import annotations

import math
from dataclasses import dataclass

from practice_simulator.car import PHYSICS_STEP_S, Car
from practice_simulator.track import INTERVENTION_MARGIN_M, Course


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the car stands in space: Unity metres, angles in radians.

    `heading` is counter-clockwise from +x; `pitch` and `roll` follow the road, nose up and right
    side down being positive.
    """

    x: float
    z: float
    y: float
    heading: float
    pitch: float
    roll: float = 0.0


class World:
    """Moves the car and keeps count of laps, way and interventions.

    Deterministic: the same commands at the same steps give the same numbers.
    """

    def __init__(self, course: Course, start_m: float = 0.0, start_speed_m_s: float = 0.0) -> None:
        self.course = course
        x, z, _ = course.point(start_m)
        self.car = Car(x, z, course.heading(start_m), speed=start_speed_m_s)
        self.place = course.locate(x, z)
        self.steps = 0
        self.travelled_m = 0.0
        """Signed way along the course since the start; a lap is a course length of it."""
        self.interventions = 0
        self.lap_times_s: list[float] = []
        self._lap_began_s = 0.0

    @property
    def time_s(self) -> float:
        """Simulated seconds since the start."""
        return self.steps * PHYSICS_STEP_S

    @property
    def laps(self) -> int:
        """Laps completed."""
        return len(self.lap_times_s)

    @property
    def off_road(self) -> bool:
        """Whether the middle of the car is past the road's edge."""
        return self.course.beyond_edge_m(self.place) > 0

    def step(self) -> tuple[float, float] | None:
        """Advance 0.02 s.

        Returns:
            Where the car left the road (x, z) if it did and was put back on its line, else None.
        """
        self.car.step(self._grade(self.place.along_m, self.car.heading))
        before = self.place.along_m
        self.place = self.course.locate(self.car.x, self.car.z, before)
        length = self.course.length_m
        self.travelled_m += (self.place.along_m - before + length / 2) % length - length / 2
        self.steps += 1
        if self.travelled_m >= (self.laps + 1) * length:
            self.lap_times_s.append(self.time_s - self._lap_began_s)
            self._lap_began_s = self.time_s
        if self.course.beyond_edge_m(self.place) <= INTERVENTION_MARGIN_M:
            return None
        left_at = (self.car.x, self.car.z)
        self._put_back()
        return left_at

    def pose(self) -> Pose:
        """The car's pose on the ground, for the cameras."""
        along = self.place.along_m
        _, _, y, _ = self.course.axis.at(along)
        grade = self._grade(along, self.car.heading)
        across = self._grade(along, self.car.heading - math.pi / 2)
        return Pose(
            self.car.x,
            self.car.z,
            y,
            self.car.heading,
            math.atan(grade),
            -math.atan(across),
        )

    def _grade(self, along_m: float, heading: float) -> float:
        """Rise per metre towards a direction. The road is level across, so only its own counts."""
        i = self.course.axis.index(along_m)
        j = (i + 1) % self.course.axis.count
        f = along_m / self.course.axis.spacing_m % 1.0
        grade = (1 - f) * float(self.course.axis.grade[i]) + f * float(self.course.axis.grade[j])
        return grade * math.cos(heading - self.course.heading(along_m))

    def _put_back(self) -> None:
        """What a safety driver does: back on the ideal line, facing along it, at rest."""
        self.interventions += 1
        x, z, _ = self.course.point(self.place.along_m)
        self.car.x, self.car.z = x, z
        self.car.heading = self.course.heading(self.place.along_m)
        self.car.speed = 0.0
        self.car.steering = 0.0
        self.place = self.course.locate(x, z, self.place.along_m)
