"""What the two modes hand back: results, their progress, and how they read as a table or JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.table import Table

SECONDS_PER_INTERVENTION = 6.0
"""What NVIDIA's paper counts one intervention as (Bojarski et al. 2016, section 7.1)."""


@dataclass(frozen=True, slots=True)
class DriveProgress:
    """A snapshot for progress bars; `fraction` is 0..1 of whichever limit is nearest."""

    fraction: float
    lap: int
    simulated_s: float
    distance_m: float
    speed_mph: float
    offset_m: float
    interventions: int


@dataclass(frozen=True, slots=True)
class RecordProgress:
    """A snapshot for progress bars; `fraction` is 0..1."""

    fraction: float
    rows: int
    simulated_s: float
    distance_m: float


@dataclass(slots=True)
class DrivenPath:
    """One entry per physics step of 0.02 s, all lists of the same length.

    x_m, z_m: ground position in Unity's axes. offset_m: signed distance from the ideal line,
    positive to the right. speed_mph: signed. steering: commanded, -1..1, positive right.
    """

    x_m: list[float] = field(default_factory=list)
    z_m: list[float] = field(default_factory=list)
    offset_m: list[float] = field(default_factory=list)
    speed_mph: list[float] = field(default_factory=list)
    steering: list[float] = field(default_factory=list)

    def append(
        self, x_m: float, z_m: float, offset_m: float, speed_mph: float, steering: float
    ) -> None:
        """Add one step."""
        self.x_m.append(x_m)
        self.z_m.append(z_m)
        self.offset_m.append(offset_m)
        self.speed_mph.append(speed_mph)
        self.steering.append(steering)

    def __len__(self) -> int:
        return len(self.x_m)


@dataclass(frozen=True, slots=True)
class DriveReport:
    """How a drive went. Times are simulated seconds unless the name says wall.

    `finished` is true when the asked-for laps, seconds or metres were reached; when it is false,
    `ended_because` says what cut the drive short. `autonomy_percent` is NVIDIA's
    (1 - interventions * 6 s / elapsed) * 100, not below 0. An intervention is the simulator putting
    a car that left the road by more than the margin back on its line; the points are where it left
    (x, z). Offsets are from the ideal line: the axis of the road on the lake, the middle of the
    right lane in the jungle.
    """

    track: str
    direction: str
    seed: int
    clock: str
    finished: bool
    ended_because: str
    laps: int
    lap_times_s: list[float]
    simulated_s: float
    wall_s: float
    distance_m: float
    mean_speed_mph: float
    time_off_road_s: float
    largest_offset_m: float
    mean_abs_offset_m: float
    interventions: int
    intervention_points: list[tuple[float, float]]
    autonomy_percent: float
    telemetries: int
    stalled_answers: int
    reconnects: int
    mean_answer_ms: float
    slowest_answer_ms: float
    path: DrivenPath

    def table(self) -> Table:
        """The figures, one a row, for a terminal."""
        table = Table(title=f"Drive on the {self.track} track ({self.direction})")
        table.add_column("")
        table.add_column("value", justify="right")
        laps = ", ".join(f"{lap:.1f}" for lap in self.lap_times_s) or "-"
        for name, value in (
            ("ended because", self.ended_because),
            ("laps", f"{self.laps}"),
            ("lap times (s)", laps),
            ("simulated time (s)", f"{self.simulated_s:.1f}"),
            ("wall time (s)", f"{self.wall_s:.1f}"),
            ("distance (m)", f"{self.distance_m:.0f}"),
            ("mean speed (mph)", f"{self.mean_speed_mph:.1f}"),
            ("time off the road (s)", f"{self.time_off_road_s:.2f}"),
            ("largest offset (m)", f"{self.largest_offset_m:.2f}"),
            ("mean offset (m)", f"{self.mean_abs_offset_m:.2f}"),
            ("interventions", f"{self.interventions}"),
            ("autonomy (%)", f"{self.autonomy_percent:.1f}"),
            ("telemetries sent", f"{self.telemetries}"),
            ("answers not understood", f"{self.stalled_answers}"),
            ("reconnects", f"{self.reconnects}"),
            ("mean answer (ms)", f"{self.mean_answer_ms:.1f}"),
            ("slowest answer (ms)", f"{self.slowest_answer_ms:.1f}"),
        ):
            table.add_row(name, value)
        return table

    def write_json(self, path: Path) -> None:
        """Write all figures and the driven path to `path`, making its folder if need be."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = asdict(self)
        # Figures a line each for the eye; the path, thousands of numbers, a line for each column.
        columns = {name: json.dumps(_rounded(values)) for name, values in content["path"].items()}
        marks = {name: f"<{name}>" for name in columns}
        text = json.dumps({**content, "path": marks}, indent=1)
        for name, values in columns.items():
            text = text.replace(f'"{marks[name]}"', values)
        path.write_text(text + "\n", encoding="utf-8")


def _rounded(values: list[float]) -> list[float]:
    return [round(value, 4) for value in values]


@dataclass(frozen=True, slots=True)
class RecordReport:
    """What a recording holds. `recovery_rows` of the `rows` are returns from a side of the road."""

    output: Path
    track: str
    direction: str
    seed: int
    rows: int
    recovery_rows: int
    laps: int
    simulated_s: float
    wall_s: float
    distance_m: float
    mean_speed_mph: float
    largest_offset_m: float

    def table(self) -> Table:
        """The figures, one a row, for a terminal."""
        table = Table(title=f"Recording of the {self.track} track ({self.direction})")
        table.add_column("")
        table.add_column("value", justify="right")
        for name, value in (
            ("folder", str(self.output)),
            ("rows", f"{self.rows}"),
            ("of these recoveries", f"{self.recovery_rows}"),
            ("laps", f"{self.laps}"),
            ("simulated time (s)", f"{self.simulated_s:.1f}"),
            ("wall time (s)", f"{self.wall_s:.1f}"),
            ("distance (m)", f"{self.distance_m:.0f}"),
            ("mean speed (mph)", f"{self.mean_speed_mph:.1f}"),
            ("largest offset (m)", f"{self.largest_offset_m:.2f}"),
        ):
            table.add_row(name, value)
        return table
