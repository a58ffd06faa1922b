"""Reading recordings in every form they come in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from training.errors import RecordingError
from training.steering.log_rows import join_decimal_commas
from training.steering.recordings import read_recording, reasons

NAMES = tuple(f"{camera}_2026_11_24_10_00_00_100.jpg" for camera in ("center", "left", "right"))


def rewrite(folder: Path, line: Callable[[list[str], str], str], header: str = "") -> Path:
    """Rewrites a drawn log: ``line`` gets the file names and the rest of the row."""
    log = folder / "driving_log.csv"
    rows = []
    for row in log.read_text().splitlines():
        cells = row.split(",")
        names = [cell.rsplit("\\", 1)[-1] for cell in cells[:3]]
        rows.append(line(names, ",".join(cells[3:])))
    log.write_text(header + "\n".join(rows) + "\n")
    return folder


VARIANTS = {
    "windows paths": ("", lambda n, v: ",".join(f"D:\\rec\\IMG\\{x}" for x in n) + "," + v),
    "unix paths": ("", lambda n, v: ",".join(f"/home/a b/rec/IMG/{x}" for x in n) + "," + v),
    "relative": ("", lambda n, v: ",".join(f"IMG/{x}" for x in n) + "," + v),
    "bare": ("", lambda n, v: ",".join(n) + "," + v),
    "spaces": ("", lambda n, v: ", ".join(n) + ", " + v.replace(",", ", ")),
    "udacity's header": (
        "center,left,right,steering,throttle,brake,speed\n",
        lambda n, v: ", ".join(f"IMG/{x}" for x in n) + ", " + v,
    ),
    "capital header": (
        "Center,Left,Right,SteeringAngle,Throttle,Brake,Speed\r\n",
        lambda n, v: ",".join(n) + "," + v + "\r",
    ),
    "byte order mark": ("\ufeff", lambda n, v: ",".join(n) + "," + v),
    "another order": (
        "left,center,right,speed,steering,throttle,brake\n",
        lambda n, v: ",".join([n[1], n[0], n[2], v.split(",")[3], *v.split(",")[:3]]),
    ),
    "quoted": ("", lambda n, v: ",".join(f'"IMG/{x}"' for x in n) + "," + v),
    "decimal commas": ("", lambda n, v: ",".join(n) + "," + v.replace(".", ",")),
    "empty lines": ("\n\n", lambda n, v: ",".join(n) + "," + v + "\n"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_gives_the_same_rows(draw_recording, variant):
    header, line = VARIANTS[variant]
    folder = rewrite(draw_recording(steering=[0.25, -0.0625, 0.0], speed_mph=12.34), line, header)
    recording = read_recording(folder)
    assert recording.dropped == ()
    np.testing.assert_allclose(recording.steering, [0.25, -0.0625, 0.0])
    np.testing.assert_allclose(recording.throttle, 0.5)
    np.testing.assert_allclose(recording.speed_mph, 12.34, rtol=1e-6)
    np.testing.assert_allclose(recording.seconds, [0.0, 0.1, 0.2], atol=1e-6)
    for row in recording.pictures:
        assert [path.name.split("_")[0] for path in row] == ["center", "left", "right"]


def test_bad_rows_are_dropped_with_their_line_and_reason(draw_recording):
    folder = draw_recording(steering=[0.1] * 8)
    log = folder / "driving_log.csv"
    rows = log.read_text().splitlines()
    rows[1] = rows[1].replace(",0.1,", ",fast,")
    rows[2] = rows[2].replace(",0.1,", ",1.5,")
    rows[3] = rows[3].replace(",0.1,", ",nan,")
    rows[4] = ",".join(rows[4].split(",")[:4])
    (folder / "IMG" / rows[5].split(",")[0].rsplit("\\", 1)[-1]).unlink()
    rows[6] = "\0\0\0"
    log.write_text("\n".join(rows))
    recording = read_recording(folder)
    assert len(recording) == 2
    assert [(row.line, row.reason) for row in recording.dropped] == [
        (2, "a value that is not a number"),
        (3, "steering outside -1..1"),
        (4, "steering outside -1..1"),
        (5, "fewer than 7 columns"),
        (6, "the centre picture is missing"),
    ]
    assert reasons(recording.dropped)["steering outside -1..1"] == 2


def test_a_missing_side_picture_keeps_the_row(draw_recording):
    folder = draw_recording(steering=[0.1, 0.2])
    next(folder.glob("IMG/left_*")).unlink()
    recording = read_recording(folder)
    assert len(recording) == 2
    assert recording.pictures[0][1] is None
    assert recording.pictures[0][2] is not None


def test_a_pause_or_a_step_back_in_time_starts_a_segment(draw_recording):
    folder = draw_recording(steering=[0.0] * 4)
    log = folder / "driving_log.csv"
    for old, new in (("10_00_00_200", "10_00_03_000"), ("10_00_00_300", "10_00_02_000")):
        for path in folder.glob(f"IMG/*{old}*"):
            path.rename(path.with_name(path.name.replace(old, new)))
        log.write_text(log.read_text().replace(old, new))
    assert read_recording(folder).segments.tolist() == [0, 0, 1, 2]


def test_a_folder_that_is_no_recording(tmp_path, draw_recording):
    with pytest.raises(RecordingError, match=r"is no recording: it has no driving_log\.csv"):
        read_recording(tmp_path)
    folder = draw_recording()
    for path in folder.glob("IMG/center*"):
        path.unlink()
    with pytest.raises(RecordingError, match="3 x the centre picture is missing"):
        read_recording(folder)
    (folder / "driving_log.csv").write_text("")
    with pytest.raises(RecordingError, match="none of its 0 rows"):
        read_recording(folder)


@pytest.mark.parametrize(
    ("parts", "joined"),
    [
        (["0", "0", "0", "0"], ["0", "0", "0", "0"]),
        (["-0", "25", "0", "5", "0", "22", "14829"], ["-0.25", "0.5", "0", "22.14829"]),
        (["0", "1", "0", "22", "14829"], ["0", "1", "0", "22.14829"]),
        (["-0", "05", "1", "0", "30", "19"], ["-0.05", "1", "0", "30.19"]),
        (["0", "0", "0", "8", "034039E-05"], ["0", "0", "0", "8.034039E-05"]),
        (["1", "0", "75", "0", "3", "5"], ["1", "0.75", "0", "3.5"]),
        (["0", "1", "5", "0", "7", "9", "2"], None),
        (["a", "0", "0", "0", "1"], None),
    ],
)
def test_numbers_split_by_decimal_commas(parts, joined):
    assert join_decimal_commas(parts) == joined
