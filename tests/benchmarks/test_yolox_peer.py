from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.yolox_onnx import YoloxDetector, decode, fit_to_corner, make_grid
from benchmarks.yolox_peer import main
from tests.training.toy_detector import write_toy_detector

SIZE = 64
ANSWERS = 64 + 16 + 4
LABELS = ("car", "truck", "three_wheeler")
COCO_CAR, COCO_TRAIN, COCO_TRUCK = 2, 6, 7


def write_yolox(path: Path, answers: dict[int, dict[int, float]], classes: int = 80) -> Path:
    """A file that answers the same for every picture: by row, columns and their values."""
    rows = np.zeros((1, ANSWERS, 5 + classes), np.float32)
    for row, columns in answers.items():
        for column, value in columns.items():
            rows[0, row, column] = value
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["brightest"], keepdims=0),
        helper.make_node("Clip", ["brightest", "low", "high"], ["on"]),
        helper.make_node("Mul", ["rows", "on"], ["output"]),
    ]
    constants = {"rows": rows, "low": np.float32(0), "high": np.float32(1)}
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, list(rows.shape))],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize(
    ("row", "raw", "expected"),
    [
        # The finest grid: 8 x 8 cells of 8 pixels. A size of exp(0) is one cell.
        (0, (0.5, 0.5, 0, 0), (0, 0, 8, 8)),
        (9, (0, 0, 0, 0), (4, 4, 12, 12)),
        (7, (0, 0, 0, 0), (52, -4, 60, 4)),
        # Then 4 x 4 of 16: the second row's first cell; twice as wide as a cell.
        (64 + 4, (0.5, 0.25, np.log(2), 0), (-8, 12, 24, 28)),
        # Then 2 x 2 of 32: the last.
        (64 + 16 + 3, (0.5, 0.5, 0, np.log(0.5)), (32, 40, 64, 56)),
    ],
)
def test_decoding(row: int, raw: tuple[float, ...], expected: tuple[float, ...]) -> None:
    grid, strides = make_grid(SIZE)
    assert grid.shape == (ANSWERS, 2)
    rows = np.zeros((ANSWERS, 85), np.float32)
    rows[row, :4] = raw
    assert decode(rows, grid, strides)[row] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("width", "height", "inner"), [(200, 100, (64, 32)), (50, 100, (32, 64)), (30, 20, (64, 42))]
)
def test_a_picture_is_fitted_into_the_upper_left_corner(width, height, inner) -> None:
    fitted, placement = fit_to_corner(np.full((height, width, 3), 7, np.uint8), SIZE)
    assert (fitted[: inner[1], : inner[0]] == 7).all()
    assert (fitted[inner[1] :] == 114).all()
    assert (fitted[:, inner[0] :] == 114).all()
    assert (placement.left, placement.top) == (0, 0)
    assert placement.scale == pytest.approx(SIZE / max(width, height))


def test_answers_become_detections_of_our_classes(tmp_path: Path) -> None:
    first, last = 64 + 16, 64 + 16 + 3
    model = write_yolox(
        tmp_path / "toy.onnx",
        {
            # Objectness times class score; the better one of a truck at 0.4 and a car at 0.72.
            first: {0: 0.5, 1: 0.5, 4: 0.8, 5 + COCO_CAR: 0.9, 5 + COCO_TRUCK: 0.5},
            # What is none of our classes, and what is too unsure.
            last: {0: 0.5, 1: 0.5, 4: 0.9, 5 + COCO_TRAIN: 0.9, 5 + COCO_TRUCK: 0.1},
        },
    )
    found = YoloxDetector(model, LABELS).detect(np.full((128, 256, 3), 200, np.uint8), 0.3, 100)
    assert found.class_ids.tolist() == [0, 1]
    assert found.scores == pytest.approx([0.72, 0.4])
    # The first cell of 32 pixels, in a picture of four times the input's size.
    assert found.boxes == pytest.approx(np.array([[0, 0, 128, 128]] * 2))


def test_other_files_are_refused(tmp_path: Path) -> None:
    model = write_yolox(tmp_path / "toy.onnx", {}, classes=20)
    with pytest.raises(ValueError, match=r"an output of \(1, A, 85\).* got .*25"):
        YoloxDetector(model, LABELS)


@pytest.fixture
def streets(tmp_path: Path) -> Path:
    """A car that the toy finds, a rickshaw that it takes for a car, and nothing else."""
    folder = tmp_path / "streets"
    folder.mkdir()
    (folder / "classes.txt").write_text("car\nrickshaw\n")
    cv2.imwrite(str(folder / "a.png"), np.full((SIZE, SIZE, 3), 200, np.uint8))
    (folder / "a.txt").write_text("0 0.25 0.25 0.5 0.5\n1 0.75 0.75 0.5 0.5\n")
    return folder


def test_the_command_prints_scores_and_times(streets: Path, tmp_path: Path, capsys) -> None:
    sure = {0: 0.5, 1: 0.5, 4: 0.9, 5 + COCO_CAR: 0.9}
    model = write_yolox(tmp_path / "toy.onnx", {64 + 16: sure, 64 + 16 + 3: sure})
    words = ["--model", str(model), "--data", str(streets)]
    assert main([*words, "--beside", str(write_toy_detector(tmp_path / "ours.onnx"))]) == 0
    printed = capsys.readouterr().out
    (row,) = [line.split() for line in printed.splitlines() if line.strip().startswith("streets ")]
    # One box counts, and is found; the car in place of a rickshaw is not judged.
    assert row == ["streets", "1", "1", "1.0000", "1.0000", "1.0000", "1.0000"]
    assert {line.split()[-1] for line in printed.splitlines()[-2:]} == {
        str(model), str(tmp_path / "ours.onnx"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--count", "car,three_wheeler"], "--count: expected classes .* got three_wheeler"),
        (["--count", "bus"], "expected at least one class to count that the set labels, got bus"),
        (["--classes", "none.yaml"], "none.yaml: expected a UTF-8 file"),
    ],
)
def test_wrong_calls_are_one_line(words, message, streets, tmp_path, capsys) -> None:
    model = write_yolox(tmp_path / "toy.onnx", {})
    assert main(["--model", str(model), "--data", str(streets), *words]) == 1
    assert re.search(message, capsys.readouterr().err)


@pytest.mark.parametrize("option", ["--model", "--beside"])
def test_a_model_file_that_is_not_there(option, streets, tmp_path, capsys) -> None:
    model = write_yolox(tmp_path / "toy.onnx", {})
    words = ["--model", str(model), "--data", str(streets), option, str(tmp_path / "none.onnx")]
    with pytest.raises(SystemExit):
        main(words)
    assert "there is no model file" in capsys.readouterr().err
