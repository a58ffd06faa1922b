"""Evaluation of a model file: its figures worked out by hand, its files, its command."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cli.main import main
from training.errors import TrainingError
from training.segmentation.evaluate import evaluate
from training.segmentation.evaluate_settings import EvaluateSettings
from vision.model_spec import ModelSpec, SegmenterSpec
from vision.preprocessing import Crop

pytest.importorskip("matplotlib")

LABELS = ("dark", "light")
SIDE = 16


def write_model(path: Path, labels: tuple[str, ...] = LABELS) -> Path:
    """A file that takes a pixel for light from a red of 128 on."""
    nodes = [
        helper.make_node("Slice", ["image", "zero", "one", "axis"], ["red_map"]),
        helper.make_node("Squeeze", ["red_map", "axis"], ["red"]),
        helper.make_node("Cast", ["red"], ["number"], to=TensorProto.FLOAT),
        helper.make_node("GreaterOrEqual", ["number", "half"], ["light"]),
        helper.make_node("Cast", ["light"], ["class_map"], to=TensorProto.UINT8),
        helper.make_node("Mul", ["number", "none"], ["nothing"]),
        helper.make_node("Add", ["nothing", "all"], ["confidence"]),
    ]
    constants = {
        "zero": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "axis": np.array([3], np.int64),
        "half": np.array(128, np.float32),
        "none": np.array(0, np.float32),
        "all": np.array(1, np.float32),
    }
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", SIDE, SIDE, 3])
    answers = [
        helper.make_tensor_value_info(name, kind, ["N", SIDE, SIDE])
        for name, kind in (("class_map", TensorProto.UINT8), ("confidence", TensorProto.FLOAT))
    ]
    arrays = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = helper.make_graph(nodes, "toy", [image], answers, arrays)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    spec = ModelSpec(
        task="segmentation",
        name="toy",
        version="1",
        labels=labels,
        input_width=SIDE,
        input_height=SIDE,
        colour_order="RGB",
        crop=Crop(),
        fit="letterbox",
        segmenter=SegmenterSpec(((0, 0, 0), (255, 255, 255))[: len(labels)]),
    )
    helper.set_model_props(model, spec.to_metadata())
    onnx.save(model, path)
    return path


def write_set(folder: Path) -> Path:
    """Two pictures: one named rightly, one with a quarter of its pixels wrong and a row ignored."""
    right = np.zeros((SIDE, SIDE), np.uint8)
    right[:, SIDE // 2 :] = 1
    other = right.copy()
    other[SIDE // 2 :, SIDE // 2 :] = 0  # light in the picture, dark in the mask
    other[0] = 2
    for name, mask in (("a", right), ("b", other)):
        for inner in ("images", "masks"):
            (folder / inner).mkdir(parents=True, exist_ok=True)
        picture = np.repeat(right[..., None] * 255, 3, axis=2)
        cv2.imwrite(str(folder / "images" / f"{name}.png"), picture)
        cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask)
    (folder / "classes.txt").write_text("dark\nlight\nUnlabelled\n")
    return folder


def test_figures_and_files(tmp_path):
    model, data = write_model(tmp_path / "toy.onnx"), write_set(tmp_path / "halves")
    out = tmp_path / "out"
    report = evaluate(EvaluateSettings(data=[data], model=model, output=out))
    # Dark: 8 x 16 in the first; in the second 7 x 8 + 8 x 8 rightly, 8 x 8 taken for light.
    # Light: 8 x 16 in the first, 7 x 8 in the second.
    expected = [[128 + 56 + 64, 64], [0, 128 + 56]]
    assert report.confusions["halves"].pixels.tolist() == expected
    written = json.loads((out / "scores.json").read_text())
    of_set = written["sets"]["halves"]
    assert of_set["images"] == 2
    assert of_set["iou"] == {"dark": round(248 / 312, 6), "light": round(184 / 248, 6)}
    assert of_set["mean_iou"] == pytest.approx((248 / 312 + 184 / 248) / 2, abs=1e-6)
    assert of_set["accuracy"] == pytest.approx(432 / 496, abs=1e-6)
    for picture in ("confusion.png", "worst.png"):
        assert cv2.imread(str(out / "halves" / picture)).std() > 5


def test_a_mirror_image_beside_each_picture_is_mirrored_back(tmp_path):
    """The toy looks at single pixels: a map that was not turned back would be all wrong."""
    model, data = write_model(tmp_path / "toy.onnx"), write_set(tmp_path / "halves")
    settings = EvaluateSettings(data=[data], model=model, output=tmp_path / "out", mirrored=True)
    assert evaluate(settings).confusions["halves"].accuracy == pytest.approx(432 / 496)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (("light", "dark"), "expected the model's classes in its order, light, dark, got dark"),
        (("dark", "bright"), "a class map can bring them together"),
    ],
)
def test_other_classes_than_the_model_s(labels, message, tmp_path):
    model, data = write_model(tmp_path / "toy.onnx", labels), write_set(tmp_path / "halves")
    with pytest.raises(TrainingError, match=message):
        evaluate(EvaluateSettings(data=[data], model=model, output=tmp_path / "out"))


def test_the_command_prints_a_table_and_names_the_files(tmp_path, capsys):
    model, data = write_model(tmp_path / "toy.onnx"), write_set(tmp_path / "halves")
    out = tmp_path / "out"
    words = ["evaluate", "segmentation", str(data), "--model", str(model), "--output", str(out)]
    assert main(words) == 0
    printed = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:] for line in printed.splitlines() if line.strip()}
    assert rows["halves"] == ["2", "0.7684", "0.8710"]
    assert rows["dark"] == ["0.7949", "0.6290"]
    assert rows["light"] == ["0.7419", "0.3710"]
    assert str(out / "halves" / "worst.png") in printed.replace("\n", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no data was given"),
        (["{tmp}/nowhere"], "nowhere"),
        (["{tmp}/halves", "{tmp}/halves"], "more than one is called halves"),
        (["{tmp}/halves", "--model", "{tmp}/none.onnx"], "there is no model file"),
    ],
)
def test_wrong_calls_are_one_line(words, message, tmp_path, capsys):
    write_set(tmp_path / "halves")
    given = [word.replace("{tmp}", str(tmp_path)) for word in words]
    if "--model" not in given:
        given += ["--model", str(write_model(tmp_path / "toy.onnx"))]
    assert main(["evaluate", "segmentation", *given]) != 0
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
