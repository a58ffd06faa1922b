"""A look at recordings before training: what is in them, and what the recipe makes of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from training.errors import TrainingError
from training.packages import need_packages
from training.steering.augmentation import change_light, draw_view, render_view
from training.steering.balancing import cap_straight, draw_weights
from training.steering.bicycle import MPH
from training.steering.patches import to_input, to_patch
from training.steering.plots import plot_histograms, plot_samples
from training.steering.recipe import RECIPES, Recipe
from training.steering.recordings import Recording, read_recording, reasons
from training.steering.settings import ExploreSettings
from training.steering.signals import smooth
from vision.preprocessing import UInt8Image

_SAMPLE_ROWS = 4
_SAMPLE_COLUMNS = 4


@dataclass(frozen=True)
class RecordingFigures:
    """What is in a recording.

    Attributes:
        rows: rows that can be used.
        dropped: rows that cannot, by reason.
        minutes: time driven, pauses left out.
        pauses: gaps in time.
        straight_share: share of rows with steering 0.
        mean_steering: its mean: driving in one direction round a track gives it a side.
        spread_steering: its standard deviation.
        mean_speed_mph: mean speed.
        rows_after_balancing: rows that remain when straight driving is capped.
    """

    rows: int
    dropped: dict[str, int]
    minutes: float
    pauses: int
    straight_share: float
    mean_steering: float
    spread_steering: float
    mean_speed_mph: float
    rows_after_balancing: int


@dataclass(frozen=True)
class ExploreReport:
    """Figures of every recording, by its name, and the files that were written."""

    figures: dict[str, RecordingFigures]
    files: tuple[Path, ...]


def explore(settings: ExploreSettings) -> ExploreReport:
    """Prints a table of figures; writes histograms and samples of augmentations as PNG.

    Raises:
        TrainingError: no recording was given, or one cannot be used.
    """
    need_packages("matplotlib")
    if not settings.recordings:
        raise TrainingError("no recording was given: name at least one folder with driving_log.csv")
    recipe = RECIPES[settings.recipe]
    figures: dict[str, RecordingFigures] = {}
    files: list[Path] = []
    for folder in settings.recordings:
        recording = read_recording(folder)
        rng = np.random.default_rng(settings.seed)
        kept = cap_straight(recording.steering, recipe.straight_cap, rng)
        figures[recording.name] = _figures(recording, len(kept))
        stem = settings.output / recording.name.replace("/", "_")
        histogram = stem.with_name(stem.name + "_histogram.png")
        targets = smooth(recording.steering, recording.segments, recipe.smooth_frames)[kept]
        plot_histograms(
            recording.steering,
            targets,
            draw_weights(targets, recipe.balance),
            f"{recording.name}, recipe '{settings.recipe}'",
            histogram,
        )
        samples = stem.with_name(stem.name + "_augmentations.png")
        pictures = _samples(recording, recipe, rng)
        plot_samples(pictures, samples)
        files += [histogram, samples]
    table_file = settings.output / "figures.json"
    table_file.write_text(
        json.dumps({name: asdict(found) for name, found in figures.items()}, indent=2) + "\n"
    )
    files.append(table_file)
    Console().print(_as_table(figures))
    return ExploreReport(figures, tuple(files))


def _figures(recording: Recording, kept: int) -> RecordingFigures:
    step = np.diff(recording.seconds)
    same = np.diff(recording.segments) == 0
    return RecordingFigures(
        rows=len(recording),
        dropped=reasons(recording.dropped),
        minutes=float(step[same].sum() / 60),
        pauses=int((~same).sum()),
        straight_share=float(np.mean(recording.steering == 0)),
        mean_steering=float(recording.steering.mean()),
        spread_steering=float(recording.steering.std()),
        mean_speed_mph=float(recording.speed_mph.mean()),
        rows_after_balancing=kept,
    )


def _samples(
    recording: Recording, recipe: Recipe, rng: np.random.Generator
) -> list[list[tuple[UInt8Image, str]]]:
    """Rows of pictures with a word on each: as it is, then augmented in different ways."""
    grid: list[list[tuple[UInt8Image, str]]] = []
    for row in rng.choice(len(recording), min(_SAMPLE_ROWS, len(recording)), replace=False):
        patches = [_read_patch(path) for path in recording.pictures[row]]
        if patches[0] is None:
            continue
        has_camera = np.array([patch is not None for patch in patches])
        steering = float(recording.steering[row])
        line = [(to_input(patches[0]), f"as it is: {steering:+.2f}")]
        for _ in range(_SAMPLE_COLUMNS - 1):
            example = draw_view(recipe, has_camera, float(recording.speed_mph[row]) * MPH, rng)
            patch = patches[example.view.camera]
            assert patch is not None
            target = (steering + example.steering_change) * (-1 if example.view.mirror else 1)
            picture = change_light(render_view(patch, example.view), recipe, rng)
            line.append((picture, f"{target:+.2f}"))
        grid.append(line)
    return grid


def _read_patch(path: Path | None) -> UInt8Image | None:
    picture = None if path is None else cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if picture is None else to_patch(np.asarray(picture, np.uint8))


def _as_table(figures: dict[str, RecordingFigures]) -> Table:
    table = Table(title="recordings")
    table.add_column("")
    for name in figures:
        table.add_column(name, justify="right")
    cells: dict[str, list[str]] = {}
    for found in figures.values():
        for name, value in asdict(found).items():
            if isinstance(value, dict):
                text = ", ".join(f"{count} x {reason}" for reason, count in value.items()) or "none"
            else:
                text = f"{value:.3f}" if isinstance(value, float) else str(value)
            cells.setdefault(name.replace("_", " "), []).append(text)
    for heading, row in cells.items():
        table.add_row(heading, *row)
    return table
