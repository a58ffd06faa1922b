"""Training: learns drawn roads, and goes on after being killed as if nothing had happened."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras")

from training.errors import RunError, TrainingError
from training.runs import RunFolder
from training.steering.settings import TrainSettings
from training.steering.train import train

TINY = {
    "width": 0.34,
    "validation_block": 20,
    "smooth_frames": 1,
    "epoch_size": 256,
    "batch_size": 32,
    "learning_rate": 2e-3,
    "average": 0.9,
    "brightness": 0.1,
    "gamma": 0.1,
    "offset_m": 0.2,
    "heading_deg": 0.5,
    "dropout": 0.1,
}


def settings(recording: Path, tmp_path: Path, **more: object) -> TrainSettings:
    fields = {
        "recordings": [recording],
        "runs": tmp_path / "runs",
        "cache": tmp_path / "cache",
        "change": TINY,
        **more,
    }
    return TrainSettings.model_validate(fields)


def test_a_small_network_learns_drawn_roads(draw_recording, winding, tmp_path):
    folder = draw_recording(steering=winding)
    report = train(settings(folder, tmp_path, epochs=8, outputs=["steering", "speed_mph"]))
    best = report.history[report.best_epoch - 1]
    r = next(value for name, value in best.items() if name.startswith("r "))
    assert r > 0.9
    assert (report.folder / "chart.png").stat().st_size > 0
    assert -report.best_score == min(row["val_loss"] for row in report.history)


KILLED = """
import json, sys
from training.steering.settings import TrainSettings
from training.steering.train import train
train(TrainSettings.model_validate_json(sys.argv[1]))
"""


def test_a_killed_run_goes_on_from_its_last_epoch(
    draw_recording, winding, tmp_path, kill_after_an_epoch
):
    folder = draw_recording(steering=winding[:100])
    change = {**TINY, "width": 0.17, "epoch_size": 128}
    asked = settings(folder, tmp_path, epochs=5, name="killed", change=change)
    run = RunFolder(asked.runs / "killed")
    saved = kill_after_an_epoch(KILLED, asked.model_dump_json(), run)
    done = saved.epochs_done
    assert done < 5

    with pytest.raises(RunError, match="holds a run already"):
        train(asked)
    with pytest.raises(RunError, match="other settings"):
        train(asked.model_copy(update={"resume": True, "seed": 7}))
    report = train(asked.model_copy(update={"resume": True}))
    assert report.epochs == 5
    assert [row["epoch"] for row in report.history] == [1, 2, 3, 4, 5]
    assert report.history[:done] == saved.history
    assert -report.best_score == min(row["val_loss"] for row in report.history)

    whole = train(asked.model_copy(update={"name": "whole"}))
    assert whole.best_epoch == report.best_epoch
    for mine, theirs in zip(whole.history, report.history, strict=True):
        assert mine["val_loss"] == pytest.approx(theirs["val_loss"], rel=1e-3)
    best = RunFolder(asked.runs / "whole").read_best()
    for a, b in zip(best, run.read_best(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-2, atol=1e-3)


def test_a_finished_run_is_not_trained_further(draw_recording, tmp_path):
    folder = draw_recording(steering=np.linspace(-0.3, 0.3, 80))
    asked = settings(folder, tmp_path, epochs=1, change={**TINY, "epoch_size": 32})
    first = train(asked)
    again = train(asked.model_copy(update={"resume": True}))
    assert again.history == first.history
    description = json.loads((first.folder / "run.json").read_text())
    assert description["outputs"] == ["steering"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recordings": []}, "no recording was given"),
        ({"weights": [1.0, 2.0]}, "weights: expected 1, one a recording, got 2"),
        ({"mirror": []}, "too few"),
        ({"mirror": [True, False]}, "mirror: expected 1, one a recording, got 2"),
        ({"gain": [1.0, 1.5]}, "gain: expected 1, one a recording, got 2"),
        ({"change": {"drop_out": 0.3}}, "drop_out"),
        ({"change": {"dropout": 1.5}}, "dropout"),
        ({"outputs": ["speed_mph"]}, "first output must be steering"),
        ({"change": {}}, "too few to train and validate on"),
    ],
)
def test_settings_that_cannot_be_used(draw_recording, tmp_path, change, message):
    folder = draw_recording()
    with pytest.raises(TrainingError, match=message):
        train(settings(folder, tmp_path, **change))
