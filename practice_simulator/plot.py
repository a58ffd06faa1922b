"""Draws the driven path on the track."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from practice_simulator.centre_line import Floats
from practice_simulator.report import DriveReport
from practice_simulator.tracks import load_track


def plot_path(report: DriveReport, path: Path) -> None:
    """Write a picture (PNG or what the name ends in) of where the car drove.

    The colour is the distance from the ideal line; crosses mark where the car left the road.
    """
    # The figure is made without pyplot, which would choose a backend for the whole process.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    track = load_track(report.track)
    figure = Figure(figsize=(9, 7), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for side in (-1.0, 1.0):
        x, z = _beside(report.track, side * track.half_width_m)
        axes.plot(x, z, color="0.65", linewidth=0.8)
    dots = axes.scatter(
        report.path.x_m,
        report.path.z_m,
        c=np.abs(report.path.offset_m),
        s=3,
        cmap="viridis",
        vmin=0.0,
        vmax=track.half_width_m,
    )
    if report.intervention_points:
        points = np.asarray(report.intervention_points)
        axes.plot(points[:, 0], points[:, 1], "x", color="red", label="left the road")
        axes.legend()
    figure.colorbar(dots, label="distance from the ideal line (m)")
    axes.set_aspect("equal")
    axes.set_xlabel("x (m)")
    axes.set_ylabel("z (m)")
    axes.set_title(
        f"{report.track}, {report.distance_m:.0f} m at {report.mean_speed_mph:.1f} mph, "
        f"{report.interventions} interventions"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def _beside(track_name: str, offset_m: float) -> tuple[Floats, Floats]:
    line = load_track(track_name).line
    x = line.x + offset_m * np.sin(line.heading)
    z = line.z - offset_m * np.cos(line.heading)
    return np.append(x, x[0]), np.append(z, z[0])
