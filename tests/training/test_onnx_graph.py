"""Weights in 16 bits, wherever a graph keeps them."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from training.errors import TrainingError
from training.onnx_graph import from_keras, store_in_halves


@pytest.mark.parametrize("in_a_node", [False, True])
def test_large_weights_are_stored_in_halves(in_a_node):
    weights = np.random.default_rng(0).normal(0, 1, (64, 64)).astype(np.float32)
    stored = numpy_helper.from_array(weights, "weights")
    nodes = [helper.make_node("MatMul", ["x", "weights"], ["y"])]
    if in_a_node:
        nodes.insert(0, helper.make_node("Constant", [], ["weights"], value=stored))
    shape = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 64]) for name in "xy"]
    graph = helper.make_graph(nodes, "toy", shape[:1], shape[1:], [] if in_a_node else [stored])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    before = model.ByteSize()
    store_in_halves(model)
    onnx.checker.check_model(model)
    assert model.ByteSize() < 0.55 * before
    x = np.ones((1, 64), np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    expected = x @ weights.astype(np.float16).astype(np.float32)
    np.testing.assert_allclose(session.run(None, {"x": x})[0], expected, rtol=1e-4, atol=1e-4)


def test_another_backend_than_tensorflow_is_refused_in_words(monkeypatch):
    keras = pytest.importorskip("keras")
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    with pytest.raises(TrainingError, match="got torch: leave KERAS_BACKEND out"):
        from_keras(network, ("answer",))
