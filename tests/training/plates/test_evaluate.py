"""The toy detector finds red rectangles exactly; drawn photos decide what it gets right."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.main import main
from tests.training.toy_detector import write_toy_detector
from training.boxes.reading import read_dataset
from training.errors import TrainingError
from training.labelled.splitting import split
from training.plates.evaluate import evaluate
from training.plates.evaluate_settings import EvaluateSettings

WIDTH, HEIGHT = 128, 64


def write_set(folder: Path, photos: int, seed: int = 0) -> Path:
    """Photos of one plate each; every fourth plate is unlit, and the detector blind for it."""
    rng = np.random.default_rng(seed)
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    for number in range(photos):
        picture = rng.integers(0, 100, (HEIGHT, WIDTH, 3), np.uint8)
        # Even, so that it stays whole at half the size; inside one quarter of the input.
        left, top = rng.integers(1, 12) * 2, rng.integers(1, 8) * 2
        right, bottom = left + rng.integers(8, 18) * 2, top + rng.integers(2, 8) * 2
        if number % 4:
            picture[top:bottom, left:right] = (0, 0, 255 - number)
        cv2.imwrite(str(folder / "images" / f"{number:02d}.png"), picture)
        x, y = (left + right) / 2 / WIDTH, (top + bottom) / 2 / HEIGHT
        size = f"{(right - left) / WIDTH} {(bottom - top) / HEIGHT}"
        (folder / "labels" / f"{number:02d}.txt").write_text(f"0 {x} {y} {size}\n")
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_toy_detector(tmp_path / "toy.onnx")


def test_all_photos_are_scored_and_everything_is_written(tmp_path: Path, model: Path) -> None:
    data = write_set(tmp_path / "garage", 20)
    report = evaluate(
        EvaluateSettings(data=[data], model=model, part="all", output=tmp_path / "out")
    )
    scores = report.scores["garage"]
    assert (scores.images, scores.truths) == (20, 20)
    # 15 of 20 plates are lit, and found exactly.
    assert (scores.recall, scores.precision) == (0.75, 1.0)
    assert scores.ap == pytest.approx(76 / 101)
    assert sorted(path.relative_to(tmp_path / "out").as_posix() for path in report.files) == [
        "garage/mistakes.png",
        "garage/predictions.json",
        "garage/truth.json",
        "precision_recall.png",
        "scores.json",
    ]
    assert all(path.stat().st_size > 100 for path in report.files)
    figures = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert figures["part"] == "all"
    assert figures["sets"]["garage"]["ap"] == scores.ap
    assert figures["sets"]["garage"]["score_threshold"] == 0.25


def test_the_photos_kept_for_validation_are_those_of_training(tmp_path: Path, model: Path) -> None:
    data = write_set(tmp_path / "garage", 24)
    evaluate(EvaluateSettings(data=[data], model=model, validation=7, output=tmp_path / "out"))
    content = json.loads((tmp_path / "out" / "garage" / "truth.json").read_text())
    _, kept = split(read_dataset(data), 7)
    assert len(kept) == 7
    assert [image["file_name"] for image in content["images"]] == [
        image.path.name for image in kept.images
    ]


def test_a_small_set_gives_half_of_it(tmp_path: Path, model: Path) -> None:
    data = write_set(tmp_path / "garage", 9)
    report = evaluate(EvaluateSettings(data=[data], model=model, output=tmp_path / "out"))
    assert report.scores["garage"].images == 4


def test_the_threshold_is_the_models_unless_given(tmp_path: Path, model: Path) -> None:
    data = write_set(tmp_path / "garage", 16)
    settings = EvaluateSettings(
        data=[data], model=model, part="all", output=tmp_path / "out", score_threshold=0.96
    )
    scores = evaluate(settings).scores["garage"]
    # Plate n has a score of 1 - n / 255: of the lit ones 1, 2, 3, 5, 6, 7, 9, 10 are above.
    assert scores.recall == 8 / 16
    assert scores.average_recall == pytest.approx(12 / 16)


def test_another_name_for_the_one_class_does_not_matter(tmp_path: Path, model: Path) -> None:
    data = write_set(tmp_path / "garage", 4)
    (data / "classes.txt").write_text("License_Plate\n")
    settings = EvaluateSettings(data=[data], model=model, part="all", output=tmp_path / "out")
    assert evaluate(settings).scores["garage"].recall == 0.75


def test_sets_of_one_name_are_refused(tmp_path: Path, model: Path) -> None:
    data = [write_set(tmp_path / side / "garage", 4, seed) for seed, side in enumerate("ab")]
    with pytest.raises(TrainingError, match="more than one is called garage"):
        evaluate(EvaluateSettings(data=data, model=model, part="all", output=tmp_path / "out"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("car\nbus\n", "expected the classes plate, but it has car, bus"),
        ("plate\nplate\n", "expected a different name for every class"),
    ],
)
def test_sets_of_other_classes_are_refused(
    names: str, message: str, tmp_path: Path, model: Path
) -> None:
    data = write_set(tmp_path / "garage", 4)
    (data / "classes.txt").write_text(names)
    with pytest.raises(TrainingError, match=message):
        evaluate(EvaluateSettings(data=[data], model=model, output=tmp_path / "out"))


def test_the_command_prints_a_table_and_names_the_files(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_set(tmp_path / "garage", 8)
    out = tmp_path / "out"
    words = ["evaluate", "plates", str(data), "--model", str(model), "--output", str(out)]
    assert main([*words, "--part", "all"]) == 0
    printed = capsys.readouterr().out
    (row,) = [line for line in printed.splitlines() if line.strip().startswith("garage ")]
    # AP50 and AP50:95: recall 0.75 holds at 76 of COCO's 101 points.
    assert row.split() == ["garage", "8", "8", "0.7525", "0.7525", "0.7500", "1.0000"]
    assert str(out / "garage" / "mistakes.png") in printed.replace("\n", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no data was given"),
        (["{tmp}/nowhere"], "nowhere: expected a folder"),
        (["{tmp}", "--model", "{tmp}/none.onnx"], "there is no model file"),
        (["{tmp}", "--part", "half"], "--part: expected 'validation' or 'all'"),
        (["{tmp}", "--score-threshold", "2"], "--score-threshold: expected less than or equal"),
    ],
)
def test_wrong_calls_are_one_line(
    words: list[str],
    message: str,
    tmp_path: Path,
    model: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = [word.replace("{tmp}", str(tmp_path)) for word in words]
    if "--model" not in given:
        given += ["--model", str(model)]
    assert main(["evaluate", "plates", *given]) != 0
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
