from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from cli.demo_result import REPORT, show_result

FIGURES = {
    "track": "lake",
    "laps": 1,
    "lap_times_s": [103.1],
    "mean_speed_mph": 24.6,
    "autonomy_percent": 100.0,
    "interventions": 0,
    "time_off_road_s": 0.0,
    "largest_offset_m": 1.29,
    "mean_abs_offset_m": 0.32,
    "mean_answer_ms": 4.4,
    "slowest_answer_ms": 11.0,
    "telemetries": 1290,
    "ended_because": "all laps were driven",
}


@pytest.mark.parametrize(
    ("changes", "wanted_laps", "code"),
    [
        ({}, 1, 0),
        ({"interventions": 3}, 1, 0),
        ({"laps": 0, "lap_times_s": [], "ended_because": "the time was over"}, 1, 1),
        ({}, 2, 1),
    ],
)
def test_the_demo_succeeds_if_all_laps_were_completed(
    changes: dict[str, object], wanted_laps: int, code: int, tmp_path: Path
) -> None:
    figures = FIGURES | changes
    (tmp_path / REPORT).write_text(json.dumps(figures), encoding="utf-8")
    (tmp_path / "path.png").touch()
    output = StringIO()
    assert show_result(tmp_path, wanted_laps, Console(file=output, width=100)) == code
    text = output.getvalue()
    assert "autonomy" in text
    assert str(tmp_path / "path.png") in text
    assert "drive.mp4" not in text  # it is not there
    assert (str(figures["ended_because"]) in text) == bool(code)
