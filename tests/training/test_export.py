"""The exported file: its contract, and that it must answer as Keras does."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("tf2onnx")

from training.errors import ExportError, RunError  # noqa: E402
from training.runs import RunFolder  # noqa: E402
from training.steering.evaluate import evaluate  # noqa: E402
from training.steering.export import check_parity, export, sample_pictures  # noqa: E402
from training.steering.network import build_network, with_feature_maps  # noqa: E402
from training.steering.onnx_model import OnnxSteering  # noqa: E402
from training.steering.recipe import BOOK, Recipe  # noqa: E402
from training.steering.runs import RecordingUse, RunDescription  # noqa: E402
from training.steering.settings import EvaluateSettings, ExportSettings  # noqa: E402

SMALL = Recipe(width=0.25)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "small")
    outputs = ("steering", "speed_mph")
    folder.open(
        RunDescription(SMALL, outputs, 0, 1, (RecordingUse("a/b"),)).as_json(), resume=False
    )
    keras.utils.set_random_seed(1)
    network = build_network(SMALL, len(outputs))
    folder.save_best(network.get_weights())
    return folder


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    return export(ExportSettings(run=run.folder, output=path))


def test_the_file_keeps_the_contract(exported):
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(exported.path)
    assert graph.ir_version <= 10
    inputs = {value.name: value.type.tensor_type for value in graph.graph.input}
    assert list(inputs) == ["image"]
    assert inputs["image"].elem_type == onnx.TensorProto.UINT8
    assert [d.dim_value for d in inputs["image"].shape.dim][1:] == [66, 200, 3]
    assert not inputs["image"].shape.dim[0].dim_value
    names = [value.name for value in graph.graph.output]
    assert names[0] == "predictions"
    assert names[1:] == [f"feature_map_{number}" for number in range(1, 6)]
    assert exported.largest_difference <= 1e-4
    spec = OnnxSteering(exported.path).spec
    assert spec.labels == ("steering", "speed_mph")
    assert (spec.input_width, spec.input_height, spec.colour_order) == (200, 66, "BGR")
    assert spec.training_data == ("a/b",)


def test_columns_are_in_natural_units(run, exported):
    network = build_network(SMALL, 2)
    network.set_weights(run.read_best())
    pictures = sample_pictures(3)
    expected = keras.ops.convert_to_numpy(network(pictures, training=False)) * [1.0, 30.0]
    found = OnnxSteering(exported.path).predict(pictures)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_the_feature_maps_are_channel_means_of_what_is_active(exported):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(exported.path), providers=["CPUExecutionProvider"])
    maps = session.run(
        [f"feature_map_{number}" for number in range(1, 6)], {"image": sample_pictures(2)}
    )
    shapes = [found.shape for found in maps]
    assert shapes == [(2, 31, 98), (2, 14, 47), (2, 5, 22), (2, 3, 20), (2, 1, 18)]
    assert all((found >= 0).all() and found.max() > 0 for found in maps)


@pytest.mark.parametrize("recipe", [SMALL, BOOK, Recipe(width=0.25, normalise_picture=True)])
def test_every_kind_of_network_can_be_shipped(recipe, tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.open(RunDescription(recipe, ("steering",), 0, 1, ()).as_json(), resume=False)
    folder.save_best(build_network(recipe, 1).get_weights())
    report = export(ExportSettings(run=folder.folder, output=tmp_path / "model.onnx"))
    assert report.size_bytes < 25_000_000


def test_other_weights_fail_the_parity_check(run, exported):
    network = build_network(SMALL, 2)
    weights = run.read_best()
    weights[-2] = weights[-2] * 1.01
    network.set_weights(weights)
    shipped = with_feature_maps(network, [1.0, 30.0])
    with pytest.raises(ExportError, match="'predictions' differs from Keras"):
        check_parity(shipped, exported.path)


def test_a_file_that_differs_is_not_kept(run, tmp_path, monkeypatch):
    def refuse(*_):
        raise ExportError("differs")

    monkeypatch.setattr("training.steering.export.check_parity", refuse)
    with pytest.raises(ExportError, match="differs"):
        export(ExportSettings(run=run.folder, output=tmp_path / "model.onnx"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_run(tmp_path):
    with pytest.raises(RunError, match="holds no training run"):
        export(ExportSettings(run=tmp_path, output=tmp_path / "model.onnx"))


def test_evaluation_scores_the_shipped_file(exported, draw_recording, winding, tmp_path, caplog):
    folder = draw_recording(steering=winding[:60])
    next(folder.glob("IMG/center_*")).write_bytes(b"no picture")
    settings = EvaluateSettings(
        recordings=[folder],
        model=exported.path,
        part="all",
        output=tmp_path / "out",
        replay=False,
    )
    with caplog.at_level(logging.WARNING):
        report = evaluate(settings)
    (scores,) = report.scores.values()
    assert scores.rows == 59
    assert "1 unreadable pictures" in caplog.text
    assert all(path.stat().st_size > 0 for path in report.files)
    written = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert written["recordings"][folder.parent.name + "/drawn"]["r"] == pytest.approx(scores.r)
