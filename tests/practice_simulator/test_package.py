"""Settings, the report's table, and that asking for help costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError
from rich.console import Console

from practice_simulator import DriveReport, DriveSettings, RecordSettings
from practice_simulator.report import DrivenPath


def test_the_environment_sets_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADSIGHT_SIMULATOR_PORT", "4999")
    monkeypatch.setenv("ROADSIGHT_SIMULATOR_TRACK", "jungle")
    settings = DriveSettings()
    assert (settings.port, settings.track) == (4999, "jungle")
    assert RecordSettings().track == "jungle"


@pytest.mark.parametrize(
    "wrong",
    [{"track": "moon"}, {"laps": 0}, {"port": 0}, {"clock": "slow"}, {"max_seconds": 0}],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        DriveSettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("model", [DriveSettings, RecordSettings])
def test_every_setting_says_what_it_is(model: type[DriveSettings | RecordSettings]) -> None:
    assert all(field.description for field in model.model_fields.values())


def test_importing_the_package_loads_no_renderer() -> None:
    code = (
        "import sys, practice_simulator\n"
        "heavy = {'panda3d', 'cv2', 'numpy', 'matplotlib', 'websocket'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_imports_nothing_of_the_other_rooms() -> None:
    code = (
        "import sys, practice_simulator.driving, practice_simulator.recording\n"
        "rooms = {'cli', 'client', 'protos', 'services', 'simulator_bridge', 'training'}\n"
        "print(sorted(rooms & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_report_reads_as_a_table() -> None:
    report = DriveReport(
        track="lake",
        direction="forward",
        seed=0,
        clock="fast",
        finished=True,
        ended_because="the laps were done",
        laps=2,
        lap_times_s=[90.0, 88.25],
        simulated_s=178.25,
        wall_s=12.0,
        distance_m=2264.0,
        mean_speed_mph=28.4,
        time_off_road_s=0.0,
        largest_offset_m=0.42,
        mean_abs_offset_m=0.1,
        interventions=0,
        intervention_points=[],
        autonomy_percent=100.0,
        telemetries=4456,
        stalled_answers=0,
        reconnects=0,
        mean_answer_ms=2.0,
        slowest_answer_ms=9.0,
        path=DrivenPath(),
    )
    console = Console(width=80, record=True, file=None, quiet=True)
    with console.capture():
        console.print(report.table())
    console = Console(width=80, record=True)
    with console.capture() as shown:
        console.print(report.table())
    text = shown.get()
    assert "90.0, 88.2" in text
    assert "the laps were done" in text
    assert "100.0" in text
