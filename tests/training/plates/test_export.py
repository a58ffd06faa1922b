"""The exported files: their contract, and that they must answer as Keras does."""

from __future__ import annotations

import json
from collections import Counter

import cv2
import numpy as np
import pytest

keras = pytest.importorskip("keras")
onnx = pytest.importorskip("onnx")
pytest.importorskip("tf2onnx")

from tests.training.plates.networks import varied_network  # noqa: E402
from training.errors import ExportError, RunError  # noqa: E402
from training.plates.decoding import decode  # noqa: E402
from training.plates.export import export, export_network  # noqa: E402
from training.plates.export_settings import ExportSettings  # noqa: E402
from training.plates.network import COCO_ANCHORS  # noqa: E402
from training.plates.onnx_model import check_parity, sample_pictures, with_decoding  # noqa: E402
from training.plates.recipe import Recipe  # noqa: E402
from training.runs import RunFolder  # noqa: E402
from vision.model_spec import ModelSpec  # noqa: E402

SIZE = 64
ANCHORS_OF_64 = 3 * (2 * 2 + 4 * 4)


@pytest.fixture(scope="module")
def trained():
    return varied_network(2, SIZE)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos") / "below"
    folder.mkdir()
    for number, picture in enumerate(sample_pictures(6, 2 * SIZE)):
        cv2.imwrite(str(folder / f"{number}.png"), picture[: 2 * SIZE - 10 * number, :, ::-1])
    return folder.parent


@pytest.fixture(scope="module")
def report(trained, photos, tmp_path_factory):
    settings = ExportSettings(
        output=tmp_path_factory.mktemp("models") / "plates" / "1" / "model.onnx",
        int8=True,
        calibration=[photos],
        darknet=True,
        scores={"drawn AP50": 0.5},
    )
    return export_network(trained, settings)


def answers(path, pictures):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["boxes", "scores"], {"image": pictures})


def test_the_files_keep_the_contract(report):
    for path in (report.path, report.int8):
        model = onnx.load(path)
        assert model.ir_version <= 10
        (image,) = model.graph.input
        assert (image.name, image.type.tensor_type.elem_type) == ("image", onnx.TensorProto.UINT8)
        sides = image.type.tensor_type.shape.dim
        assert [side.dim_value for side in sides] == [0, SIZE, SIZE, 3]
        assert sides[0].dim_param == "N"
        shapes = {
            output.name: [side.dim_value for side in output.type.tensor_type.shape.dim]
            for output in model.graph.output
        }
        assert shapes == {"boxes": [0, ANCHORS_OF_64, 4], "scores": [0, ANCHORS_OF_64, 2]}
        assert list(shapes) == ["boxes", "scores"]
    assert report.int8.name == "model.int8.onnx"


def test_the_files_say_what_they_are(report):
    for path in (report.path, report.int8):
        entries = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
        spec = ModelSpec.from_metadata(entries)
        assert (spec.task, spec.fit, spec.colour_order) == ("plates", "letterbox", "RGB")
        assert (spec.input_width, spec.input_height) == (SIZE, SIZE)
        assert (spec.crop.top, spec.crop.bottom) == (0, 0)
        assert spec.labels == ("class 0", "class 1")
        assert spec.training_data == ("drawn",)
        assert spec.scores == {"drawn AP50": 0.5}
        assert spec.detector is not None
        assert spec.detector.anchors == COCO_ANCHORS.sizes
        assert (spec.detector.score_threshold, spec.detector.iou_threshold) == (0.25, 0.45)


def test_the_graph_has_no_clutter(report):
    graph = onnx.load(report.path).graph
    found = Counter(node.op_type for node in graph.node)
    # The picture's axes, and those of the two heads.
    assert found["Transpose"] == 3
    assert (found["Conv"], found["LeakyRelu"], found["MaxPool"], found["Resize"]) == (21, 19, 3, 1)
    assert not {"BatchNormalization", "Pad", "Shape", "Identity"} & set(found)
    assert [node.op_type for node in graph.node if "image" in node.input] == ["Transpose"]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_float_file_answers_as_keras_in_any_batch(trained, report, count):
    pictures = sample_pictures(count, SIZE)
    raw = trained.network(pictures, training=False)
    expected = [keras.ops.convert_to_numpy(array) for array in decode(raw, COCO_ANCHORS, 2, SIZE)]
    boxes, scores = answers(report.path, pictures)
    assert boxes.shape == (count, ANCHORS_OF_64, 4)
    assert scores.max() > 0.3  # else there would be nothing to compare
    np.testing.assert_allclose(scores, expected[1], atol=0.01)
    likely = expected[1].max(axis=2) > 0.2
    np.testing.assert_allclose(boxes[likely], expected[0][likely], atol=1.0)


def test_files_are_small(report):
    floats = report.darknet[1].stat().st_size
    assert report.path.stat().st_size < 0.52 * floats
    assert report.int8.stat().st_size < 0.27 * floats


def test_the_int8_file_finds_the_same(report):
    pictures = sample_pictures(4, SIZE)
    boxes, scores = answers(report.path, pictures)
    boxes8, scores8 = answers(report.int8, pictures)
    assert np.abs(scores8 - scores).mean() < 0.02
    likely = scores.max(axis=2) > 0.3
    assert np.median(np.abs(boxes8 - boxes)[likely]) < 1.5
    # The same places are the likely ones.
    assert np.corrcoef(scores.ravel(), scores8.ravel())[0, 1] > 0.98


def test_the_darknet_files_are_beside_the_model(report):
    cfg, weights = report.darknet
    assert (cfg.name, weights.name) == ("model.cfg", "model.weights")
    assert f"width={SIZE}" in cfg.read_text()
    assert weights.stat().st_size > 4 * 5_800_000


def test_other_weights_fail_the_parity_check(trained, report):
    other = varied_network(2, SIZE)
    weights = other.network.get_weights()
    weights[-1] = weights[-1] + np.float32(0.2)
    other.network.set_weights(weights)
    with pytest.raises(ExportError, match="differs from Keras by"):
        check_parity(with_decoding(other), report.path)


def test_a_file_that_differs_is_not_kept(trained, report, tmp_path, monkeypatch):
    def other(_):
        model = onnx.load(report.path)
        (kernel,) = [entry for entry in model.graph.initializer if "conv_16" in entry.name]
        kernel.CopyFrom(
            onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(kernel) * 2, kernel.name)
        )
        return model

    monkeypatch.setattr("training.plates.onnx_model.convert", other)
    with pytest.raises(ExportError, match="the file was not kept"):
        export_network(trained, ExportSettings(output=tmp_path / "model.onnx"))
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_exported_with_its_own_anchors(tmp_path):
    trained = varied_network(1, SIZE)
    recipe = Recipe(size=SIZE, anchors=tuple((n, 2 * n) for n in range(5, 11)))
    description = {
        "labels": ["plate"],
        "data": {"parking": 3},
        "scenes": {"roads": 2},
        "recipe": recipe.model_dump(mode="json"),
    }
    folder = RunFolder(tmp_path / "run")
    folder.open(json.dumps(description), resume=False)
    folder.save_best(trained.network.get_weights())
    report = export(ExportSettings(run=folder.folder, output=tmp_path / "model.onnx"))
    entries = {entry.key: entry.value for entry in onnx.load(report.path).metadata_props}
    spec = ModelSpec.from_metadata(entries)
    assert spec.labels == ("plate",)
    assert spec.training_data == ("parking", "roads")
    assert spec.detector.anchors == recipe.anchors


def test_a_folder_without_a_run(tmp_path):
    with pytest.raises(RunError, match="holds no training run"):
        export(ExportSettings(run=tmp_path, output=tmp_path / "model.onnx"))


def test_the_run_of_another_task(tmp_path):
    (tmp_path / "run.json").write_text('{"outputs": ["steering"]}')
    with pytest.raises(RunError, match="expected what `roadsight train plates` writes"):
        export(ExportSettings(run=tmp_path, output=tmp_path / "model.onnx"))


def test_int8_needs_pictures(tmp_path):
    settings = ExportSettings(run=tmp_path, output=tmp_path / "model.onnx", int8=True)
    with pytest.raises(ExportError, match="--calibration"):
        export(settings)
