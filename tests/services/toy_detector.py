"""A small detector made on the spot: it finds bright red and bright green rectangles exactly.

In each quarter of its input one of each colour, as the classes ``plate`` (red) and ``sign``
(green). Its score is the brightness, 0..1. Each is answered twice, as detectors do: again one pixel
further to the right, with half the score.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vision.model_spec import DetectorSpec, ModelSpec
from vision.preprocessing import Crop

SIDE = 128
CELL = SIDE // 2
SPEC = ModelSpec(
    task="plates",
    name="toy",
    version="5",
    labels=("plate", "sign"),
    input_width=SIDE,
    input_height=SIDE,
    colour_order="RGB",
    crop=Crop(),
    fit="letterbox",
    detector=DetectorSpec(
        anchors=((32.0, 32.0),), score_threshold=0.6, iou_threshold=0.45, max_detections=10
    ),
)

_FROM = 150
"""The least brightness of what is found."""


def build_detector(path: Path, metadata: dict[str, str], quantized: bool = False) -> Path:
    """Writes the model file.

    Args:
        path: where.
        metadata: what the file says of itself.
        quantized: with what makes an int8 model of it; its answers stay the same.
    """
    constants, nodes = raw_answers(quantized)
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", SIDE, SIDE, 3])],
        [
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["N", 16, 4]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 16, 2]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return save(graph, path, metadata)


def save(graph: onnx.GraphProto, path: Path, metadata: dict[str, str]) -> Path:
    """Writes a graph as a model file."""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


def raw_answers(quantized: bool = False) -> tuple[dict[str, Any], list[onnx.NodeProto]]:
    """Constants by name, and the nodes from ``image`` to ``boxes`` and ``scores``."""
    along = np.arange(CELL, dtype=np.float32)
    corner = np.array([[0, 0], [CELL, 0], [0, CELL], [CELL, CELL]] * 2, np.float32)
    of_class = np.repeat(np.eye(2, dtype=np.float32), 4, axis=0)
    constants = {
        "colours": np.array([0, 1], np.int64),
        "quarters": np.array([0, 2, 2, CELL, 2, CELL], np.int64),
        "anchors": np.array([0, 8, CELL, CELL], np.int64),
        "from": np.array(_FROM, np.float32),
        "after": along + 1,
        "before": CELL - along,
        "cell": np.array(CELL, np.float32),
        "rows": np.array([2], np.int64),
        "columns": np.array([3], np.int64),
        "all": np.array([2, 3], np.int64),
        "line": np.array([2], np.int64),
        "corner": np.concatenate([corner, corner], axis=1)[None],
        "white": np.array(255, np.float32),
        "last": np.array([2], np.int64),
        "of_class": of_class[None],
        "further": np.array([1, 0, 1, 0], np.float32),
        "half": np.array(0.5, np.float32),
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["image"], ["floats"], to=TensorProto.FLOAT),
        node("Gather", ["floats", "colours"], ["two"], axis=3),
        node("Transpose", ["two"], ["channels"], perm=[0, 3, 1, 2]),
        node("Reshape", ["channels", "quarters"], ["split"]),
        node("Transpose", ["split"], ["by_quarter"], perm=[0, 1, 2, 4, 3, 5]),
        node("Reshape", ["by_quarter", "anchors"], ["cells"]),
        node("GreaterOrEqual", ["cells", "from"], ["is_bright"]),
        node("Cast", ["is_bright"], ["bright"], to=TensorProto.FLOAT),
        node("Mul", ["bright", "cells"], ["shine"]),
        node("ReduceMax", ["shine", "all"], ["brightest"], keepdims=0),
        node("Unsqueeze", ["brightest", "last"], ["column"]),
        node("Div", ["column", "white"], ["score"]),
        node("Mul", ["score", "of_class"], ["first_scores"]),
        node("Mul", ["first_scores", "half"], ["second_scores"]),
        node("Concat", ["first_scores", "second_scores"], ["scores"], axis=1),
    ]
    for axis, across in (("x", "rows"), ("y", "columns")):
        nodes += [
            node("ReduceMax", ["bright", across], [f"{axis}_line"], keepdims=0),
            node("Mul", [f"{axis}_line", "after"], [f"{axis}_after"]),
            node("ReduceMax", [f"{axis}_after", "line"], [f"{axis}_max"], keepdims=1),
            node("Mul", [f"{axis}_line", "before"], [f"{axis}_before"]),
            node("ReduceMax", [f"{axis}_before", "line"], [f"{axis}_rest"], keepdims=1),
            node("Sub", ["cell", f"{axis}_rest"], [f"{axis}_min"]),
        ]
    nodes += [
        node("Concat", ["x_min", "y_min", "x_max", "y_max"], ["in_cell"], axis=2),
        node("Add", ["in_cell", "corner"], ["first_boxes"]),
        node("Add", ["first_boxes", "further"], ["second_boxes"]),
        node("Concat", ["first_boxes", "second_boxes"], ["boxes"], axis=1),
    ]
    if quantized:
        constants |= {"scale": np.array(1.0, np.float32), "zero": np.array(0, np.uint8)}
        nodes[1:1] = [
            node("QuantizeLinear", ["floats", "scale", "zero"], ["integers"]),
            node("DequantizeLinear", ["integers", "scale", "zero"], ["again"]),
        ]
        nodes[3].input[0] = "again"
    return constants, nodes
