"""How well a model file steers on recordings it was not trained on."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track
from rich.table import Table

from training.errors import TrainingError
from training.packages import need_packages
from training.steering.metrics import SteeringScores, score_steering
from training.steering.onnx_model import OnnxSteering
from training.steering.plots import plot_steering
from training.steering.recordings import Recording, read_recording, reasons
from training.steering.replay import ReplayReport, replay
from training.steering.settings import EvaluateSettings, Part, ReplaySettings
from training.steering.signals import smooth, split_test

logger = logging.getLogger(__name__)
_BATCH = 32


@dataclass(frozen=True)
class EvaluateReport:
    """Figures of every recording, by its name.

    Attributes:
        scores: open loop.
        replays: closed-loop replay; empty when it was not asked for.
        files: plots and JSON that were written.
    """

    scores: dict[str, SteeringScores]
    replays: dict[str, ReplayReport] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


def evaluate(settings: EvaluateSettings) -> EvaluateReport:
    """Scores a model on recordings, prints a table, writes plots and JSON.

    Raises:
        TrainingError: no recording was given, or one, or the model, cannot be used.
    """
    need_packages("matplotlib")
    if not settings.recordings:
        raise TrainingError("no recording was given: name at least one folder with driving_log.csv")
    names = [folder.absolute() for folder in settings.recordings]
    if len(set(names)) < len(names) or len({name.parts[-2:] for name in names}) < len(names):
        raise TrainingError(
            "recordings are told apart by the last two parts of their paths: "
            "two of these have the same"
        )
    model = OnnxSteering(settings.model)
    settings.output.mkdir(parents=True, exist_ok=True)
    scores: dict[str, SteeringScores] = {}
    replays: dict[str, ReplayReport] = {}
    files: list[Path] = []
    for folder in settings.recordings:
        recording = part_of(read_recording(folder), settings.part)
        recording, predicted = predict_recording(model, recording)
        scores[recording.name] = score_steering(predicted, recording.steering, recording.segments)
        picture = settings.output / f"{recording.name.replace('/', '_')}_steering.png"
        smoothed = smooth(recording.steering, recording.segments)
        plot_steering(recording.seconds, predicted, smoothed, recording.name, picture)
        files.append(picture)
        if settings.replay:
            driven = replay(
                ReplaySettings(
                    recording=folder,
                    model=settings.model,
                    part=settings.part,
                    output=settings.output,
                    video=settings.video,
                )
            )
            replays[recording.name] = driven
            files.extend(driven.files)
    figures = settings.output / "scores.json"
    figures.write_text(_as_json(settings, scores, replays))
    files.append(figures)
    report = EvaluateReport(scores, replays, tuple(files))
    Console().print(as_table(report))
    return report


def score_recordings(
    model: OnnxSteering, folders: Sequence[Path], part: Part
) -> dict[str, SteeringScores]:
    """Open-loop figures of a model on recordings, by recording name."""
    scores = {}
    for folder in folders:
        recording, predicted = predict_recording(model, part_of(read_recording(folder), part))
        scores[recording.name] = score_steering(predicted, recording.steering, recording.segments)
    return scores


def part_of(recording: Recording, part: Part) -> Recording:
    """The recording, or the last fifth of it in time."""
    return recording if part == "all" else recording.select(split_test(len(recording))[1])


def predict_recording(
    model: OnnxSteering, recording: Recording
) -> tuple[Recording, npt.NDArray[np.float32]]:
    """What a model says for every centre picture, as serving would give it to the model.

    Returns:
        The recording less the rows whose picture cannot be read, and float32 (N,) steering.
    """
    inputs: list[npt.NDArray[np.uint8]] = []
    answers: list[npt.NDArray[np.float32]] = []
    good: list[int] = []
    rows = track(recording.pictures, description=f"predicting {recording.name}")
    for row, (centre, _, _) in enumerate(rows):
        picture = cv2.imread(str(centre), cv2.IMREAD_COLOR)
        if picture is None:
            continue
        good.append(row)
        inputs.append(model.prepare(np.asarray(picture, np.uint8)))
        if len(inputs) == _BATCH:
            answers.append(model.predict(np.stack(inputs))[:, 0])
            inputs = []
    if inputs:
        answers.append(model.predict(np.stack(inputs))[:, 0])
    if not answers:
        raise TrainingError(f"{recording.folder}: not one of its pictures can be read")
    if len(good) < len(recording):
        logger.warning("%s: %d unreadable pictures", recording.name, len(recording) - len(good))
    if recording.dropped:
        logger.warning("%s: dropped rows: %s", recording.name, reasons(recording.dropped))
    return recording.select(good), np.concatenate(answers)


def as_table(report: EvaluateReport) -> Table:
    """The figures as a table for the terminal."""
    table = Table(title="steering on recordings")
    table.add_column("recording")
    for heading in (
        "rows", "MSE", "MAE", "r", "turn MAE", "of zero", "r (raw)", "turn MAE (raw)", "autonomy",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for name, score in report.scores.items():
        driven = report.replays.get(name)
        table.add_row(
            name,
            str(score.rows),
            f"{score.mse:.4f}",
            f"{score.mae:.4f}",
            f"{score.r:.3f}",
            f"{score.turn_mae:.4f}",
            f"{score.turn_mae_of_zero:.4f}",
            f"{score.r_raw:.3f}",
            f"{score.turn_mae_raw:.4f}",
            "-" if driven is None else f"{driven.autonomy_percent:.1f} %",
        )
    table.caption = (
        "r and turn MAE: against steering smoothed over 9 frames; MSE, MAE and (raw): as driven"
    )
    return table


def _as_json(
    settings: EvaluateSettings,
    scores: dict[str, SteeringScores],
    replays: dict[str, ReplayReport],
) -> str:
    figures = {
        "model": str(settings.model),
        "part": settings.part,
        "recordings": {
            name: {
                **score.as_dict(),
                "replay": replays[name].as_dict() if name in replays else None,
            }
            for name, score in scores.items()
        },
    }
    return json.dumps(figures, indent=2) + "\n"
