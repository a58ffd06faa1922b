"""What the demo shows in the end, and whether it went well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

REPORT = "drive.json"
"""The figures of a drive, in its folder."""


def show_result(folder: Path, laps: int, console: Console) -> int:
    """Prints the figures of the drive in ``folder`` and returns the demo's exit code.

    Args:
        folder: the drive's.
        laps: how many had to be completed.
        console: where it is shown.
    """
    report: dict[str, Any] = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    console.print(_table(report))
    for what, name in (("path", "path.png"), ("video", "drive.mp4"), ("all figures", REPORT)):
        if (folder / name).exists():
            console.print(f"{what:<12}{folder / name}", highlight=False, soft_wrap=True)
    if report["laps"] < laps:
        console.print(f"The car did not come round: {report['ended_because']}")
        return 1
    return 0


def _table(report: dict[str, Any]) -> Table:
    table = Table(title=f"Drive on the {report['track']} track")
    table.add_column("")
    table.add_column("value", justify="right")
    table.add_column("")
    lap_times = ", ".join(f"{seconds:.1f}" for seconds in report["lap_times_s"]) or "-"
    rows = (
        ("laps", f"{report['laps']}", ""),
        ("lap time", lap_times, "s"),
        ("mean speed", f"{report['mean_speed_mph']:.1f}", "mph"),
        ("autonomy", f"{report['autonomy_percent']:.1f}", "%"),
        ("interventions", f"{report['interventions']}", ""),
        ("off the road", f"{report['time_off_road_s']:.1f}", "s"),
        ("largest offset", f"{report['largest_offset_m']:.2f}", "m"),
        ("mean offset", f"{report['mean_abs_offset_m']:.2f}", "m"),
        ("answer, mean", f"{report['mean_answer_ms']:.1f}", "ms"),
        ("answer, slowest", f"{report['slowest_answer_ms']:.1f}", "ms"),
        ("frames", f"{report['telemetries']}", ""),
    )
    for row in rows:
        table.add_row(*row)
    return table
