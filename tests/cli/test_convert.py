"""``roadsight convert labels`` and ``roadsight explore plates``, as typed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.main import main


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        picture = np.random.default_rng(number).integers(0, 255, (40, 60, 3), np.uint8)
        assert cv2.imwrite(str(folder / f"{number}.png"), picture)
        (folder / f"{number}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (folder / "2.txt").write_text("0 0.5 0.5 0.5\n")
    return folder


def test_convert(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out"
    words = ["convert", "labels", str(photos), "--to", "voc", "--output", str(output)]
    assert main([*words, "--labels", "plate"]) == 0
    shown = capsys.readouterr().out
    assert "classes: plate\nfaults: 1 x wrong number of columns\n" in shown
    assert sorted(path.name for path in (output / "Annotations").iterdir()) == ["0.xml", "1.xml"]
    text = (output / "Annotations" / "0.xml").read_text()
    assert "<name>plate</name>" in text
    assert "<xmin>15</xmin>" in text
    assert main(words) == 1
    assert "a new or an empty folder" in capsys.readouterr().err


def test_convert_stops_at_faults_when_asked_to(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["convert", "labels", str(photos), "--to", "coco", "--output", str(tmp_path / "out")]
    assert main([*words, "--on-fault", "stop"]) == 1
    assert f"{photos / '2.txt'}:1: expected 5 columns" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_explore(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "look"
    assert main(["explore", "plates", str(photos), "--output", str(output)]) == 0
    shown = capsys.readouterr().out
    assert "2 plate" in shown
    assert str(output / "photos_sheet.png") in shown


@pytest.mark.parametrize("words", [["explore"], ["explore", "steering"]])
def test_a_recording_is_explored_with_and_without_its_task(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, str(tmp_path)]) == 1
    assert f"{tmp_path} is no recording" in capsys.readouterr().err


def test_explore_of_a_task_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "plate", "photos"]) == 2
    assert "did you mean plates?" in capsys.readouterr().err
