"""The exported graph: the network's class for every pixel, as a file and in int8."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("keras")
pytest.importorskip("tf2onnx")

from training.calibration import read_pictures
from training.errors import ExportError
from training.segmentation import parity
from training.segmentation.decision import runner
from training.segmentation.evaluate import evaluate
from training.segmentation.evaluate_settings import EvaluateSettings
from training.segmentation.export import export
from training.segmentation.export_settings import ExportSettings
from training.segmentation.onnx_segmenter import OnnxSegmenter
from training.segmentation.trained import read_trained

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def exported(learned, tmp_path_factory):
    settings = ExportSettings(
        run=learned.report.folder,
        output=tmp_path_factory.mktemp("exported") / "model.onnx",
        int8=True,
        calibration=[learned.scenes / "train" / "images"],
        parity=[learned.scenes / "val" / "images"],
        drivable=["road", "runway"],
        scores={"drawn mIoU": 0.9},
    )
    return export(settings)


@pytest.fixture(scope="module")
def pictures(learned):
    return read_pictures([learned.scenes / "test" / "images"], 16, 96, 64)


def test_what_the_file_says(exported):
    assert exported.pictures == 16
    assert exported.equal >= 0.9999
    spec = OnnxSegmenter(exported.path).spec
    assert spec.labels == ("sky", "grass", "road", "car", "person")
    assert (spec.input_width, spec.input_height, spec.fit) == (96, 64, "letterbox")
    assert spec.training_data == ("drawn",)
    assert spec.scores == {"drawn mIoU": 0.9}
    assert spec.segmenter.drivable == ("road",)
    assert spec.segmenter.ignored == ("Unlabelled",)
    assert len(set(spec.segmenter.palette)) == 5


@pytest.mark.parametrize("count", [1, 2, 5])
def test_class_and_confidence_of_every_pixel(exported, learned, pictures, count):
    """Against soft-max and arg-max of the network's own scores."""
    network = read_trained(learned.report.folder).network
    scores = np.asarray(network.predict_on_batch(pictures[:count]), np.float64)
    likely = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    ids, confidence = OnnxSegmenter(exported.path).run(pictures[:count])
    assert ids.shape == confidence.shape == (count, 64, 96)
    assert (ids == likely.argmax(-1)).mean() >= 0.9999
    np.testing.assert_allclose(confidence, likely.max(-1), atol=2e-3)


def test_only_standard_operators(exported):
    import onnx

    for path in (exported.path, exported.int8):
        assert {node.domain for node in onnx.load(path).graph.node} <= {"", "ai.onnx"}


def test_int8_is_about_as_good(exported, learned, tmp_path):
    found = {
        path: evaluate(
            EvaluateSettings(data=[learned.scenes / "test"], model=path, output=tmp_path)
        ).confusions["drawn/test"]
        for path in (exported.path, exported.int8)
    }
    assert found[exported.path].mean_iou > 0.9
    assert found[exported.int8].mean_iou > found[exported.path].mean_iou - 0.01
    nodes = {"QuantizeLinear", "DequantizeLinear"}
    import onnx

    assert nodes <= {node.op_type for node in onnx.load(exported.int8).graph.node}


def test_a_file_of_another_network_is_refused(exported, learned, pictures):
    trained = read_trained(learned.report.folder)
    weights = trained.network.get_weights()
    trained.network.set_weights([*weights[:-1], weights[-1][::-1] + 1])
    with pytest.raises(ExportError, match=r"expected the network's class for 99\.99%"):
        parity.check_parity(trained.network, exported.path, pictures)


def test_one_class_by_a_sigmoid(tmp_path):
    """The file and the network in training decide alike, and as one works it out."""
    import keras

    from training.onnx_graph import write
    from training.segmentation.onnx_model import convert

    pictures = keras.Input((2, 3, 3), dtype="uint8", name="image")
    layer = keras.layers.Conv2D(1, 1)
    network = keras.Model(pictures, layer(keras.layers.Rescaling(1 / 255)(pictures)))
    # The first channel, from -1 at 0 to 3 at 200.
    layer.set_weights([np.array([0.02 * 255, 0, 0]).reshape(1, 1, 3, 1), np.array([-1.0])])
    write(convert(network), {}, tmp_path / "one.onnx")
    batch = np.zeros((2, 2, 3, 3), np.uint8)
    batch[0, :, :, 0] = [[0, 49, 51], [100, 150, 200]]
    session = onnxruntime.InferenceSession(str(tmp_path / "one.onnx"))
    found = session.run(["class_map", "confidence"], {"image": batch})
    assert found[0].dtype == np.uint8
    assert found[0][0].tolist() == [[0, 0, 1], [1, 1, 1]]
    likely = 1 / (1 + np.exp(-(batch[..., 0] * 0.02 - 1.0)))
    np.testing.assert_allclose(found[1], np.maximum(likely, 1 - likely), atol=1e-5)
    ids, confidence = runner(network)(batch)
    np.testing.assert_array_equal(ids, found[0])
    np.testing.assert_allclose(confidence, found[1], atol=1e-5)
