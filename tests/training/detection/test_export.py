"""The exported graph: the same answers as the network's, whatever is in the pictures."""

from __future__ import annotations

import json
import shutil

import numpy as np
import onnx
import onnxruntime
import pytest

pytest.importorskip("spox")
pytest.importorskip("tf2onnx")

from training.boxes.evaluation import evaluate_model
from training.boxes.onnx_detector import OnnxDetector
from training.boxes.reading import read_parts
from training.calibration import read_pictures
from training.detection import parity
from training.detection.export import export, export_network
from training.detection.export_settings import ExportSettings
from training.detection.finding import find
from training.detection.trained import read_trained
from training.errors import ExportError, TrainingError
from training.runs import RunFolder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def exported(learned, tmp_path_factory):
    settings = ExportSettings(
        run=learned.report.folder,
        output=tmp_path_factory.mktemp("exported") / "model.onnx",
        int8=True,
        calibration=[learned.scenes / "train"],
        parity=[learned.scenes / "val"],
        scores={"shapes AP50": 0.9},
    )
    return export(settings)


@pytest.fixture(scope="module")
def session(exported):
    return onnxruntime.InferenceSession(str(exported.path), providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def pictures(learned):
    return read_pictures([learned.scenes / "val"], 24, 64, 64)


def test_the_report_and_what_the_file_says(exported, session):
    assert exported.pictures == 24
    assert exported.box_difference < 0.5
    assert exported.score_difference < 1e-3
    assert [entry.name for entry in session.get_inputs()] == ["image"]
    assert {entry.name for entry in session.get_overridable_initializers()} == {
        "score_threshold", "iou_threshold", "max_detections"
    }  # fmt: skip
    spec = OnnxDetector(exported.path, "detection").spec
    assert spec.labels == ("square", "disc")
    assert spec.training_data == ("shapes",)
    assert spec.scores == {"shapes AP50": 0.9}


def test_weights_are_stored_once_though_the_head_looks_twice(exported, learned):
    network = read_trained(learned.report.folder).network
    assert len(network.parts.looked_at_again) == 1
    kernel, _ = network.box_head.get_layer("fc6").get_weights()
    graph = onnx.load(str(exported.path)).graph
    sizes = [int(np.prod(entry.dims)) for entry in graph.initializer]
    assert sizes.count(kernel.size) == 1


def test_nothing_then_many_then_nothing(session, pictures):
    nothing = np.full((1, 64, 64, 3), 114, np.uint8)
    for picture, expected in ((nothing, False), (pictures[:1], True), (nothing, False)):
        boxes, labels, scores = session.run(None, {"image": picture})
        assert boxes.shape == (1, 100, 4)
        assert labels.shape == scores.shape == (1, 100)
        there = scores[0] > 0
        assert there.any() == expected
        assert (labels[0][there] >= 0).all()
        assert (labels[0][~there] == -1).all()
        assert (boxes[0][~there] == 0).all()


def test_a_batch_is_its_pictures(session, pictures):
    batch = np.concatenate([pictures[:2], np.full((1, 64, 64, 3), 114, np.uint8)])
    together = session.run(None, {"image": batch})
    for row, picture in enumerate(batch):
        alone = session.run(None, {"image": picture[None]})
        for whole, own in zip(together, alone, strict=True):
            np.testing.assert_allclose(whole[row], own[0], atol=1e-3)


@pytest.mark.parametrize("score", [0.0, 0.05, 0.6])
@pytest.mark.parametrize("iou", [0.2, 0.9])
def test_thresholds_are_inputs(score, iou, learned, session, pictures):
    network = read_trained(learned.report.folder).network
    answers = session.run(
        None,
        {
            "image": pictures[:4],
            "score_threshold": np.array([score], np.float32),
            "iou_threshold": np.array([iou], np.float32),
            "max_detections": np.array([1000], np.int64),
        },
    )
    # The file stores weights in halves: a score may lie on the other side of the threshold.
    wanted = find(network, pictures[:4], score, iou, 1000)
    for row, one in enumerate(wanted):
        scores = answers[2][row]
        sure = (scores > max(score, 0.01) + 0.02).sum()
        assert sure <= len(one)
        assert (one.scores > max(score, 0.01) + 0.02).sum() <= (scores > 0).sum()
        count = int(sure)
        np.testing.assert_allclose(scores[:count], one.scores[:count], atol=0.02)


def test_int8_finds_them_too(exported, learned):
    assert exported.int8 is not None
    val = read_parts(learned.scenes, labels=("square", "disc"))["val"]
    ap50 = {
        path: evaluate_model(OnnxDetector(path, "detection"), val, 0.4).scores.ap50 or 0.0
        for path in (exported.path, exported.int8)
    }
    assert ap50[exported.path] > 0.9
    assert ap50[exported.int8] > ap50[exported.path] - 0.05
    assert exported.int8.stat().st_size < 0.75 * exported.path.stat().st_size


def test_a_file_of_another_network_is_noticed(exported, learned, pictures):
    network = read_trained(learned.report.folder).network
    head = network.box_head.get_layer("box_offsets")
    kernel, bias = head.get_weights()
    head.set_weights([kernel, bias + 0.5])
    with pytest.raises(ExportError, match=r"and the other nothing within 0\.5 pixels"):
        parity.check_parity(network, exported.path, pictures)


def test_proposals_that_the_network_is_all_too_sure_of(learned, tmp_path):
    trained = read_trained(learned.report.folder)
    layer = trained.network.proposal_head.get_layer("objectness")
    # So large that a sigmoid in 32 bits is 1 for many anchors at once.
    kernel, bias = layer.get_weights()
    layer.set_weights([30 * kernel, 30 * bias + 20])
    settings = ExportSettings(output=tmp_path / "model.onnx", parity=[learned.scenes / "val"])
    assert export_network(trained, settings).score_difference < 1e-3


def test_the_same_weights_serve_a_larger_input(learned, tmp_path):
    settings = ExportSettings(
        run=learned.report.folder,
        change={"size": 128},
        output=tmp_path / "large.onnx",
        parity=[learned.scenes / "val"],
    )
    assert export(settings).pictures == 24
    spec = OnnxDetector(settings.output, "detection").spec
    assert (spec.input_width, spec.input_height) == (128, 128)


def test_what_learned_in_16_bits_answers_in_32(learned, tmp_path):
    run = RunFolder(shutil.copytree(learned.report.folder, tmp_path / "run"))
    description = json.loads(run.read_description())
    description["recipe"]["precision"] = "mixed_bfloat16"
    run.description.write_text(json.dumps(description))
    network = read_trained(run.folder).network
    for part in (network.features, network.proposal_head, network.box_head):
        assert {layer.compute_dtype for layer in part.layers} == {"float32"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channels": 8}, "a change of the recipe that leaves its weights as they are"),
        ({"size": 100}, "recipe: size"),
    ],
)
def test_a_change_that_the_weights_do_not_bear(change, words, learned, tmp_path):
    settings = ExportSettings(
        run=learned.report.folder, change=change, output=tmp_path / "model.onnx"
    )
    with pytest.raises(TrainingError, match=words):
        export(settings)
    assert not settings.output.exists()


def test_int8_needs_pictures(learned, tmp_path):
    settings = ExportSettings(run=learned.report.folder, output=tmp_path / "m.onnx", int8=True)
    with pytest.raises(ExportError, match="--calibration"):
        export(settings)
