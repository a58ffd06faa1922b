"""int8 graphs: what is quantised and what is not, worked on a graph of three convolutions."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from training.calibration import read_pictures  # noqa: E402
from training.errors import ExportError, TrainingError  # noqa: E402
from training.quantisation import quantise  # noqa: E402
from training.weight_rounding import round_kernels  # noqa: E402


@pytest.fixture(scope="module")
def model():
    """Three convolutions, the first beside itself, and a sigmoid behind the last."""
    rng = np.random.default_rng(1)
    arrays = {
        "k1": rng.normal(0, 1 / 255, (4, 3, 3, 3)).astype(np.float32),
        "b1": np.array([0.5, -0.5, 0.1, 0], np.float32),
        "k3": rng.normal(0, 0.5, (2, 5, 1, 1)).astype(np.float32),
        "k2": rng.normal(0, 0.2, (5, 8, 1, 1)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Transpose", ["image"], ["nchw"], name="t", perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["nchw"], ["floats"], name="c", to=TensorProto.FLOAT),
        helper.make_node("Conv", ["floats", "k1", "b1"], ["x1"], name="conv1"),
        helper.make_node("LeakyRelu", ["x1"], ["x2"], name="leaky", alpha=0.1),
        helper.make_node("Concat", ["x1", "x2"], ["x3"], name="both", axis=1),
        helper.make_node("Conv", ["x3", "k2"], ["x4"], name="conv2"),
        helper.make_node("Conv", ["x4", "k3"], ["x5"], name="conv3"),
        helper.make_node("Sigmoid", ["x5"], ["answer"], name="sigmoid"),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", 8, 8, 3])],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, ["N", 2, 6, 6])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(2).integers(0, 256, (12, 8, 8, 3), np.uint8)


def run(model, pictures):
    import onnxruntime

    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"image": pictures})[0]


def name_of(graph, node_name):
    return next(node.output[0] for node in graph.node if node.name == node_name)


@pytest.mark.parametrize("method", ["minmax", "percentile"])
def test_it_answers_nearly_as_the_float_graph(model, pictures, method):
    found = run(quantise(model, pictures, method), pictures)
    expected = run(model, pictures)
    assert np.ptp(expected) > 0.2
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_an_even_picture_is_nothing_to_filters_that_look_for_edges(model, pictures):
    edges = onnx.ModelProto()
    edges.CopyFrom(model)
    (entry,) = [entry for entry in edges.graph.initializer if entry.name == "k1"]
    kernels = numpy_helper.to_array(entry)
    kernels = kernels - kernels.mean(axis=(2, 3), keepdims=True)
    entry.CopyFrom(numpy_helper.from_array(kernels, "k1"))
    even = np.broadcast_to(
        np.arange(0, 256, 17, dtype=np.uint8)[:, None, None, None], (16, 8, 8, 3)
    )
    found = run(quantise(edges, pictures), even)
    assert np.ptp(found, axis=0).max() < 0.004  # from black to white; float: 0
    np.testing.assert_allclose(found, run(edges, even), atol=0.02)


def test_all_but_the_last_convolution_and_what_follows_it_take_bytes(model, pictures):
    graph = quantise(model, pictures, "minmax").graph
    maker = {name: node for node in graph.node for name in node.output}
    constant = {entry.name for entry in graph.initializer}
    for name in ("conv1", "leaky", "both", "conv2"):
        (node,) = [node for node in graph.node if node.name == name]
        assert {maker[source].op_type for source in node.input} == {"DequantizeLinear"}
        (after,) = {node.op_type for node in graph.node if node.input[0] == name_of(graph, name)}
        assert after == "QuantizeLinear"
    (last,) = [node for node in graph.node if node.name == "conv3"]
    assert last.input[1] in constant
    (sigmoid,) = [node for node in graph.node if node.op_type == "Sigmoid"]
    assert sigmoid.input[0] == last.output[0]
    assert [value.name for value in graph.output] == ["answer"]


def test_the_pictures_bytes_are_the_first_tensor(model, pictures):
    graph = quantise(model, pictures, "minmax").graph
    arrays = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    (transpose,) = [node for node in graph.node if "image" in node.input]
    (reader,) = [node for node in graph.node if transpose.output[0] in node.input]
    assert (transpose.op_type, reader.op_type) == ("Transpose", "DequantizeLinear")
    assert (arrays[reader.input[1]].item(), arrays[reader.input[2]].item()) == (1.0, 0)


def test_weights_are_signed_and_keep_to_seven_bits(model, pictures):
    graph = quantise(model, pictures, "minmax").graph
    kernels = [
        array
        for array in (numpy_helper.to_array(entry) for entry in graph.initializer)
        if array.dtype == np.int8 and array.ndim == 4
    ]
    assert [kernel.shape[0] for kernel in kernels] in ([4, 5], [5, 4])
    for kernel in kernels:
        assert np.abs(kernel.reshape(len(kernel), -1)).max(axis=1).max() <= 64


def test_the_quantiser_leaves_the_weights_as_they_were_rounded(model, pictures):
    graph = quantise(model, pictures, "minmax").graph
    arrays = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    given = {entry.name: numpy_helper.to_array(entry) for entry in model.graph.initializer}
    for name in ("conv1", "conv2"):
        (node,) = [node for node in graph.node if node.name == name]
        (before,) = [node for node in model.graph.node if node.name == name]
        (reader,) = [maker for maker in graph.node if node.input[1] in maker.output]
        steps, scale = (arrays[source].astype(np.float32) for source in reader.input[:2])
        expected = round_kernels(given[before.input[1]])
        np.testing.assert_allclose(steps * scale.reshape(-1, 1, 1, 1), expected, rtol=1e-5)


def test_what_is_put_side_by_side_has_one_range(model, pictures):
    graph = quantise(model, pictures, "minmax").graph
    arrays = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    maker = {name: node for node in graph.node for name in node.output}
    (both,) = [node for node in graph.node if node.op_type == "Concat"]
    scales = {arrays[maker[name].input[1]].item() for name in both.input}
    assert len(scales) == 1


def test_a_relu_beside_what_goes_below_0_stays_one(model, pictures):
    rectified = onnx.ModelProto()
    rectified.CopyFrom(model)
    (leaky,) = [node for node in rectified.graph.node if node.op_type == "LeakyRelu"]
    leaky.op_type, leaky.input[0] = "Relu", "y1"
    del leaky.attribute[:]
    place = list(rectified.graph.node).index(leaky)
    own = helper.make_node("Conv", ["x1", "own", "b1"], ["y1"], name="conv1b")
    rectified.graph.node.insert(place, own)
    kernel = np.random.default_rng(3).normal(0, 0.5, (4, 4, 1, 1)).astype(np.float32)
    rectified.graph.initializer.append(numpy_helper.from_array(kernel, "own"))
    expected = run(rectified, pictures)
    found = run(quantise(rectified, pictures), pictures)
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_the_float_graph_stays(model, pictures):
    before = model.SerializeToString()
    quantise(model, pictures, "minmax")
    assert model.SerializeToString() == before


def test_there_must_be_pictures(model):
    with pytest.raises(ExportError, match="no pictures"):
        quantise(model, [])


def test_a_graph_that_begins_otherwise(model, pictures):
    other = onnx.ModelProto()
    other.CopyFrom(model)
    del other.graph.node[0]
    with pytest.raises(ExportError, match="begins with Transpose, Cast and Conv"):
        quantise(other, pictures)


def test_pictures_are_spread_over_the_folders(tmp_path):
    for folder, count in (("a", 10), ("b/images", 3)):
        (tmp_path / folder).mkdir(parents=True)
        for number in range(count):
            picture = np.full((8, 16, 3), (10 * number, 0, 200), np.uint8)  # BGR
            cv2.imwrite(str(tmp_path / folder / f"{number}.png"), picture)
    found = read_pictures([tmp_path / "a", tmp_path / "b"], 5, 32, 32)
    assert found.shape == (5, 32, 32, 3)
    # Of a: first, middle, last; of b: first and second to last or last. RGB, in grey bars.
    assert found[:3, 16, 16].tolist() == [[200, 0, 0], [200, 0, 40], [200, 0, 90]]
    assert found[0, 0, 0].tolist() == [114, 114, 114]


def test_a_folder_without_pictures(tmp_path):
    with pytest.raises(TrainingError, match="expected pictures to calibrate with"):
        read_pictures([tmp_path], 5, 32, 32)


def test_a_picture_that_is_none(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"nothing")
    with pytest.raises(TrainingError, match=r"a\.jpg: cannot be read"):
        read_pictures([tmp_path], 5, 32, 32)
