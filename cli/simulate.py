"""``roadsight simulate``: the practice simulator, driven by a bridge or by its own expert."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum

from pydantic import Field
from rich.console import Console

from cli.arguments import parse
from cli.errors import CommandError
from cli.menu import Choice, choose
from cli.progress import progress
from practice_simulator import DriveProgress, DriveSettings, RecordProgress, RecordSettings
from practice_simulator.errors import SimulatorError


class ProgressForm(StrEnum):
    """How progress is told."""

    TEXT = "text"
    JSON = "json"


class DriveCommand(DriveSettings):
    """Connects to a bridge, as the Udacity simulator would, and lets it drive.

    Exit code 0 if the laps, seconds or metres that were asked for were driven.
    """

    progress: ProgressForm = Field(
        ProgressForm.TEXT,
        description="text: a bar, for people; json: a line of JSON on standard output for each "
        "step, for programs.",
    )


class RecordCommand(RecordSettings):
    """Lets an expert who knows the track drive, and writes a recording as training mode does."""


def run(arguments: list[str]) -> int:
    """Runs the verb."""
    choices = {
        "drive": Choice("Be driven by a bridge, and report how well.", _drive),
        "record": Choice("Write a recording for training.", _record),
    }
    return choose(
        "simulate", arguments, choices, "The practice simulator: no screen and no Unity needed."
    )


def _drive(arguments: list[str]) -> int:
    settings = parse(
        DriveCommand,
        arguments,
        "simulate drive",
        examples=(
            "roadsight simulate drive --track jungle --laps 2",
            "roadsight simulate drive --clock real_time --video-path drive.mp4",
        ),
    )
    from practice_simulator import drive

    console = Console(stderr=settings.progress is ProgressForm.JSON)
    with _drive_progress(settings.progress, console) as on_progress, _plain_errors():
        report = drive(settings, on_progress)
    console.print(report.table())
    return 0 if report.finished else 1


def _record(arguments: list[str]) -> int:
    settings = parse(
        RecordCommand,
        arguments,
        "simulate record",
        examples=(
            "roadsight simulate record --output data/lake --laps 2",
            "roadsight simulate record --output data/jungle --track jungle --frames 5000 --seed 7",
        ),
    )
    from practice_simulator import record

    console = Console()
    with progress(f"recording {settings.track}", console) as show, _plain_errors():

        def on_progress(step: RecordProgress) -> None:
            show(step.fraction, f"{step.rows} rows, {step.distance_m:.0f} m")

        report = record(settings, on_progress)
    console.print(report.table())
    return 0


@contextmanager
def _drive_progress(
    form: ProgressForm, console: Console
) -> Iterator[Callable[[DriveProgress], None]]:
    if form is ProgressForm.JSON:
        yield lambda step: print(json.dumps(asdict(step)), flush=True)
        return
    with progress("driving", console) as show:
        yield lambda step: show(step.fraction, in_words(step))


def in_words(step: DriveProgress) -> str:
    """How a drive stands, for people."""
    words = (
        f"lap {step.lap}, {step.distance_m:.0f} m, {step.speed_mph:.0f} mph, "
        f"{step.offset_m:+.1f} m off"
    )
    # Short: all of it has to fit on a line of a terminal, beside the bar.
    return f"{words}, {step.interventions} x helped" if step.interventions else words


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except SimulatorError as error:
        raise CommandError(str(error)) from error
