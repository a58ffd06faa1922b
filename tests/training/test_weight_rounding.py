"""Weights in whole steps: worked examples, and convolutions that answer as before on average."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from training.weight_rounding import (  # noqa: E402
    STEPS,
    mean_shift,
    round_kernels,
    round_weights,
)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        # The largest remainders are rounded up until the sum is right: 64 + 5.
        ([64, 1.45, 1.4, 1.35, 0.8], [64, 2, 1, 1, 1]),
        # Of an edge filter: 0 before, 0 after; each for itself they would add up to 1.
        ([-64, 16.7, 16.6, 15.5, 15.2], [-64, 17, 17, 15, 15]),
        ([64, -0.3, -0.4, -0.5, 0], [64, 0, 0, -1, 0]),
        ([64, 0.4, 0, 0, 0], [64, 0, 0, 0, 0]),
        ([0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
    ],
)
def test_worked_examples(steps, expected):
    weights = 0.01 * np.array(steps, np.float32).reshape(1, 1, 1, 5)
    found = round_kernels(weights)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.reshape(-1), 0.01 * np.array(expected), atol=1e-6)


@pytest.mark.parametrize("shape", [(8, 3, 3, 3), (16, 1, 5, 5), (6, 40, 1, 1)])
def test_sums_and_largest_weights_stay_and_no_weight_moves_by_a_step(shape):
    weights = np.random.default_rng(4).normal(0, 0.3, shape).astype(np.float32)
    found = round_kernels(weights)
    step = np.abs(weights).max(axis=(1, 2, 3), keepdims=True) / STEPS
    whole = found / step
    np.testing.assert_allclose(whole, np.rint(whole), atol=1e-3)
    np.testing.assert_allclose(np.abs(whole).max(axis=(1, 2, 3)), STEPS, rtol=1e-6)
    assert (np.abs(found - weights) < step * 1.001).all()
    off = np.abs(found.sum(axis=(2, 3)) - weights.sum(axis=(2, 3)))
    assert (off <= step[..., 0, 0] * 0.501).all()


def test_weights_in_whole_steps_stay():
    weights = round_kernels(np.random.default_rng(5).normal(0, 1, (4, 3, 3, 3)).astype(np.float32))
    np.testing.assert_allclose(round_kernels(weights), weights, rtol=1e-6)


def test_the_mean_shift_worked_by_hand():
    change = np.array([[[[0.1, 0.2]], [[0, -0.1]]], [[[0, 0]], [[0.5, 0]]]], np.float32)
    means = np.array([2, 10], np.float32)
    np.testing.assert_allclose(mean_shift(change, means, 1), [0.3 * 2 - 0.1 * 10, 0.5 * 10], 1e-5)


def test_the_mean_shift_where_each_channel_has_its_own_filters():
    change = np.array([0.1, 0.2, 0.3, 0.4], np.float32).reshape(4, 1, 1, 1)
    means = np.array([1, 10], np.float32)
    np.testing.assert_allclose(mean_shift(change, means, 2), [0.1, 0.2, 3, 4], 1e-5)


@pytest.fixture
def model():
    """One kernel read by two convolutions of different tensors, and a third with groups."""
    rng = np.random.default_rng(6)
    arrays = {
        "shared": rng.normal(0, 0.3, (4, 4, 1, 1)).astype(np.float32),
        "bias": rng.normal(0, 1, 4).astype(np.float32),
        "own": rng.normal(0, 0.3, (4, 1, 1, 1)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["a", "shared", "bias"], ["x"], name="x"),
        helper.make_node("Conv", ["b", "shared", "bias"], ["y"], name="y"),
        helper.make_node("Conv", ["a", "own"], ["z"], name="z", group=4),
    ]
    sides = ["N", 4, 6, 6]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, sides) for name in "ab"],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, sides) for name in "xyz"],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_each_answer_keeps_its_mean(model):
    import onnxruntime

    rng = np.random.default_rng(7)
    read = {
        "a": rng.uniform(0, 6, (3, 4, 6, 6)).astype(np.float32),
        "b": rng.uniform(-9, 1, (3, 4, 6, 6)).astype(np.float32),
    }

    def answer():
        session = onnxruntime.InferenceSession(model.SerializeToString())
        return [tensor.mean(axis=(0, 2, 3)) for tensor in session.run(None, read)]

    before = answer()
    means = {name: values.mean(axis=(0, 2, 3)) for name, values in read.items()}
    round_weights(model.graph, model.graph.node, means)
    onnx.checker.check_model(model)
    for found, expected in zip(answer(), before, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-4)
    weights = {entry.name: numpy_helper.to_array(entry) for entry in model.graph.initializer}
    for name in ("shared", "own"):
        steps = weights[name] / np.abs(weights[name]).max(axis=(1, 2, 3), keepdims=True) * STEPS
        np.testing.assert_allclose(steps, np.rint(steps), atol=1e-3)
