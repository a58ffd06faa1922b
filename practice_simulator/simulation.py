"""World, cameras and score together: what both clocks of `drive` turn."""

from __future__ import annotations

import time
from collections.abc import Callable

from practice_simulator.bonnet import Pixels
from practice_simulator.camera import Cameras, encode_jpeg
from practice_simulator.car import MAX_STEERING_DEGREES
from practice_simulator.protocol import EMPTY_TELEMETRY, Numbers, telemetry
from practice_simulator.report import DriveProgress, DriveReport
from practice_simulator.score import Score
from practice_simulator.settings import DriveSettings
from practice_simulator.track import Course
from practice_simulator.tracks import load_track
from practice_simulator.video import Video
from practice_simulator.weather import weather_for
from practice_simulator.world import World

DEFAULT_SECONDS_PER_LAP = 600.0
"""A drive without a time limit ends after this long a lap: a car may stand still for ever."""


class Simulation:
    """Steps the world, and makes telemetry of it, until the asked-for end is reached."""

    def __init__(
        self, settings: DriveSettings, on_progress: Callable[[DriveProgress], None] | None
    ) -> None:
        self.settings = settings
        self.numbers = Numbers(settings.comma_decimal)
        track = load_track(settings.track)
        self.world = World(Course(track, settings.direction == "reverse"))
        self.score = Score(self.world)
        self.ended: str | None = None
        """Why the drive is over, once it is."""
        self.finished = False
        self._cameras = Cameras(track, weather_for(track.name, settings.seed), settings.seed)
        self._video = Video(settings.video_path) if settings.video_path else None
        self._on_progress = on_progress
        self._picture: tuple[int, bytes] | None = None
        self._began = time.perf_counter()

    def advance(self, steps: int) -> None:
        """Make up to `steps` physics steps; fewer if the drive ends."""
        for _ in range(steps):
            if self.ended is not None:
                return
            left_at = self.world.step()
            self.score.step(left_at)
            self._check_end()

    def next_telemetry(self) -> str:
        """The telemetry of the present moment, as the text of a packet."""
        self.score.telemetries += 1
        every = self.settings.manual_every
        if every is not None and self.score.telemetries % every == 0:
            return EMPTY_TELEMETRY
        car = self.world.car
        return telemetry(
            self.numbers,
            car.steering * MAX_STEERING_DEGREES,
            max(0.0, car.throttle),
            abs(car.speed_mph),
            self._jpeg(),
        )

    def end(self, because: str) -> None:
        """End the drive before its goal."""
        if self.ended is None:
            self.ended = because

    def report_progress(self) -> None:
        """Tell the callback how far the drive is."""
        if self._on_progress is None:
            return
        world = self.world
        self._on_progress(
            DriveProgress(
                fraction=self._fraction(),
                lap=world.laps + 1,
                simulated_s=world.time_s,
                distance_m=max(0.0, world.travelled_m),
                speed_mph=world.car.speed_mph,
                offset_m=world.place.offset_m,
                interventions=world.interventions,
            )
        )

    def close(self) -> DriveReport:
        """Free the renderer, finish the video, and give the report."""
        self._cameras.close()
        if self._video is not None:
            self._video.close()
        wall_s = time.perf_counter() - self._began
        because = self.ended or "it was broken off"
        return self.score.report(self.settings, wall_s, self.finished, because)

    def _jpeg(self) -> bytes:
        # Telemetry loops that run side by side carry the same picture within a step.
        if self._picture is None or self._picture[0] != self.world.steps:
            picture: Pixels = self._cameras.render(self.world.pose())[0]
            if self._video is not None:
                self._video.add(picture, self.world.time_s)
            self._picture = (self.world.steps, encode_jpeg(picture))
        return self._picture[1]

    def _fraction(self) -> float:
        settings, world = self.settings, self.world
        shares = [world.travelled_m / (settings.laps * world.course.length_m)]
        if settings.max_seconds is not None:
            shares.append(world.time_s / settings.max_seconds)
        if settings.max_distance_m is not None:
            shares.append(world.travelled_m / settings.max_distance_m)
        return min(1.0, max(0.0, *shares))

    def _check_end(self) -> None:
        settings, world = self.settings, self.world
        limit = DEFAULT_SECONDS_PER_LAP * settings.laps
        if world.laps >= settings.laps:
            self.ended, self.finished = "the laps were done", True
        elif settings.max_distance_m is not None and world.travelled_m >= settings.max_distance_m:
            self.ended, self.finished = "the distance was done", True
        elif settings.max_seconds is not None:
            if world.time_s >= settings.max_seconds - 1e-9:
                self.ended, self.finished = "the time was up", True
        elif world.time_s >= limit:
            self.ended = f"the laps were not done within {limit:g} s"
