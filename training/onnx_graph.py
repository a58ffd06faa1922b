"""Exported graphs: from Keras, smaller and quicker with the same answers, and written to a file."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from training.errors import TrainingError

if TYPE_CHECKING:
    import keras
    import onnx

OPSET = 17
_MAX_IR_VERSION = 10  # onnxruntime-gpu reads no newer one
_HALVES_FROM = 4096  # smaller arrays (biases, the first kernels) are not worth rounding


def from_keras(network: keras.Model, outputs: tuple[str, ...]) -> onnx.ModelProto:
    """Converts a network, with the batch axis left free.

    Args:
        network: answers with a dictionary of outputs.
        outputs: its keys, in the order that the file lists them.

    Returns:
        The graph; its inputs are called as the network's are.

    Raises:
        TrainingError: Keras runs on something else than TensorFlow.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise TrainingError(
            f"expected Keras on TensorFlow to export, got {keras.backend.backend()}: leave "
            "KERAS_BACKEND out for this command; a run's weights are the same for all of them"
        )
    import tensorflow as tf
    import tf2onnx

    signature = [
        tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype, name=tensor.name)
        for tensor in network.inputs
    ]
    # Its progress would stand between the lines of the command.
    logging.getLogger("tf2onnx").setLevel(logging.WARNING)
    model: onnx.ModelProto
    model, _ = tf2onnx.convert.from_keras(network, input_signature=signature, opset=OPSET)
    model.ir_version = min(model.ir_version, _MAX_IR_VERSION)
    # Keras sorts a dictionary's outputs by key; tf2onnx calls them by the last operation.
    for value, name in zip(model.graph.output, sorted(outputs), strict=True):
        _rename(model.graph, value.name, name)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    order = sorted(model.graph.output, key=lambda value: outputs.index(value.name))
    del model.graph.output[:]
    model.graph.output.extend(order)
    return model


def simplify(model: onnx.ModelProto) -> None:
    """Makes a graph cheaper in ways that leave its answers as they are, in place.

    The scaling of the picture goes into the first convolution if nothing is added to it, the
    picture's axes are changed while it is still bytes, and doubling a map is said in words that
    every runtime knows.
    """
    _fold_scaling(model.graph)
    for node in model.graph.node:
        if node.op_type == "Resize" and get_attribute(node, "mode") == b"nearest":
            set_attributes(node, coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    drop_unused(model.graph)


def store_in_halves(model: onnx.ModelProto) -> None:
    """Stores the large float32 weights as float16, in place: half the file.

    The graph computes in float32 all the same: runtimes widen the weights once, when they load it.
    """
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    _lift_weights(graph)
    for entry in list(graph.initializer):
        array = numpy_helper.to_array(entry)
        if array.dtype != np.float32 or array.size < _HALVES_FROM:
            continue
        graph.initializer.remove(entry)
        halves = add_initialiser(graph, f"{entry.name}_half", array.astype(np.float16))
        widen = helper.make_node("Cast", [halves], [entry.name], to=TensorProto.FLOAT)
        graph.node.insert(0, widen)


def _lift_weights(graph: onnx.GraphProto) -> None:
    """Makes weights that stand in nodes of their own, as spox writes them, the graph's.

    Those of a part that stands in the graph twice are stored once.
    """
    lifted: dict[tuple[Any, ...], str] = {}
    stored_as: dict[str, str] = {}
    for node in list(graph.node):
        value = get_attribute(node, "value") if node.op_type == "Constant" else None
        if value is None or len(value.raw_data) < 4 * _HALVES_FROM:
            continue
        name = node.output[0]
        content = (value.data_type, *value.dims, value.raw_data)
        stored_as[name] = lifted.setdefault(content, name)
        if stored_as[name] == name:
            entry = graph.initializer.add()
            entry.CopyFrom(value)
            entry.name = name
        graph.node.remove(node)
    for node in graph.node:
        node.input[:] = [stored_as.get(name, name) for name in node.input]


def write(model: onnx.ModelProto, metadata: Mapping[str, str], path: Path) -> None:
    """Checks a graph and writes it with its metadata, in one step."""
    import onnx

    onnx.helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model)
    fresh = path.with_name(path.name + ".new")
    fresh.parent.mkdir(parents=True, exist_ok=True)
    try:
        onnx.save(model, str(fresh))
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def initialisers(graph: onnx.GraphProto) -> dict[str, npt.NDArray[Any]]:
    """The constant arrays of a graph by name."""
    from onnx import numpy_helper

    return {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}


def add_initialiser(graph: onnx.GraphProto, name: str, array: npt.NDArray[Any]) -> str:
    """Adds a constant array to a graph, and gives its name back."""
    from onnx import numpy_helper

    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
    return name


def get_attribute(node: onnx.NodeProto, name: str) -> Any:
    """The value of a node's attribute; None if it has none of that name."""
    from onnx import helper

    for entry in node.attribute:
        if entry.name == name:
            return helper.get_attribute_value(entry)
    return None


def set_attributes(node: onnx.NodeProto, **values: Any) -> None:
    """Sets attributes of a node; those of other names stay."""
    from onnx import helper

    kept = [entry for entry in node.attribute if entry.name not in values]
    del node.attribute[:]
    node.attribute.extend(kept)
    node.attribute.extend(helper.make_attribute(name, value) for name, value in values.items())


def drop_unused(graph: onnx.GraphProto) -> None:
    """Removes the constants that no node reads."""
    read = {name for node in graph.node for name in node.input}
    for entry in list(graph.initializer):
        if entry.name not in read:
            graph.initializer.remove(entry)


def _fold_scaling(graph: onnx.GraphProto) -> None:
    """Cast, Mul, Add 0, Transpose, Conv become Transpose, Cast, Conv.

    Where something is added, Mul and Add stay before Conv, whose zeros at the rim are zeros after
    the addition. Other graphs stay as they are.
    """
    arrays = initialisers(graph)
    reader = {name: node for node in graph.node for name in node.input}
    cast = reader[graph.input[0].name]
    scale, shifted, between, node = 1.0, False, [], reader[cast.output[0]]
    while node.op_type in ("Mul", "Add") and node.input[1] in arrays:
        factor = arrays[node.input[1]]
        if factor.size != 1:
            return
        if node.op_type == "Mul":
            scale *= factor.item()
        else:
            shifted = shifted or factor.item() != 0
        between.append(node)
        node = reader[node.output[0]]
    transpose, convolution = node, reader[node.output[0]]
    if [cast.op_type, transpose.op_type, convolution.op_type] != ["Cast", "Transpose", "Conv"]:
        return
    transpose.input[0], cast.input[0] = cast.input[0], transpose.output[0]
    if shifted:
        convolution.input[0] = between[-1].output[0]
        moved = [transpose, cast, *between]
    else:
        kernel = (arrays[convolution.input[1]] * scale).astype(np.float32)
        convolution.input[1] = add_initialiser(graph, f"{convolution.input[1]}_scaled", kernel)
        convolution.input[0] = cast.output[0]
        moved = [transpose, cast]
    for node in (*between, cast, transpose):
        graph.node.remove(node)
    for node in reversed(moved):
        graph.node.insert(0, node)


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    for node in graph.node:
        node.input[:] = [new if name == old else name for name in node.input]
        node.output[:] = [new if name == old else name for name in node.output]
    for value in graph.output:
        if value.name == old:
            value.name = new
