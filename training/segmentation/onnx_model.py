"""The exported graph: from the picture's bytes to the class of each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.onnx_graph import add_initialiser
from vision.class_map import CLASS_MAP, CONFIDENCE

if TYPE_CHECKING:
    import keras
    import onnx

_SCORES = "scores"


def convert(network: keras.Model) -> onnx.ModelProto:
    """A network with its decision, as a graph of standard operators.

    Args:
        network: as :func:`training.segmentation.network.build_network` gives it.

    Returns:
        A graph from ``image``, uint8 (N, H, W, 3), RGB, to ``class_map``, uint8 (N, H, W), the
        likeliest class, and ``confidence``, float32 (N, H, W), 0..1, how likely it is: the
        soft-max's value. Of a network with one output the class is 1 where the sigmoid is above one
        half, and the confidence that of what was chosen.
    """
    import keras

    from training.onnx_graph import from_keras, simplify

    named = keras.Model(network.input, {_SCORES: network.output})
    model = from_keras(named, (_SCORES,))
    simplify(model)
    if network.output.shape[-1] == 1:
        _decide_one(model.graph)
    else:
        _decide_many(model.graph)
    _answer(model.graph)
    return model


def _decide_many(graph: onnx.GraphProto) -> None:
    """Not in Keras: its arg-max takes care of negative zeros in ways that ONNX has no words for."""
    from onnx import TensorProto, helper

    graph.node.extend(
        [
            helper.make_node("ArgMax", [_SCORES], ["best"], axis=3, keepdims=0),
            helper.make_node("Cast", ["best"], [CLASS_MAP], to=TensorProto.UINT8),
            helper.make_node("Softmax", [_SCORES], ["likely"], axis=3),
            helper.make_node("ReduceMax", ["likely"], [CONFIDENCE], axes=[3], keepdims=0),
        ]
    )


def _decide_one(graph: onnx.GraphProto) -> None:
    from onnx import TensorProto, helper

    last = add_initialiser(graph, "last_axis", np.array([3], np.int64))
    half = add_initialiser(graph, "half", np.array(0.5, np.float32))
    one = add_initialiser(graph, "one", np.array(1.0, np.float32))
    graph.node.extend(
        [
            helper.make_node("Squeeze", [_SCORES, last], ["score"]),
            helper.make_node("Sigmoid", ["score"], ["likely"]),
            helper.make_node("Greater", ["likely", half], ["chosen"]),
            helper.make_node("Cast", ["chosen"], [CLASS_MAP], to=TensorProto.UINT8),
            helper.make_node("Sub", [one, "likely"], ["unlikely"]),
            helper.make_node("Max", ["likely", "unlikely"], [CONFIDENCE]),
        ]
    )


def _answer(graph: onnx.GraphProto) -> None:
    """Replaces the graph's output by the decision."""
    from onnx import TensorProto, helper

    shape = graph.output[0].type.tensor_type.shape.dim
    sides = [shape[0].dim_param or "N", shape[1].dim_value, shape[2].dim_value]
    del graph.output[:]
    for name, kind in ((CLASS_MAP, TensorProto.UINT8), (CONFIDENCE, TensorProto.FLOAT)):
        graph.output.append(helper.make_tensor_value_info(name, kind, sides))
