"""A model file that finds bright red rectangles exactly, one in each quarter of its input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vision.model_spec import DetectorSpec, ModelSpec
from vision.preprocessing import Crop

SIDE = 64
"""The input's width and height."""
BRIGHT = 128
"""Red above this is an object; its score is its brightest red / 255."""
SPEC = ModelSpec(
    task="plates",
    name="toy",
    version="1",
    labels=("plate",),
    input_width=SIDE,
    input_height=SIDE,
    colour_order="RGB",
    crop=Crop(),
    fit="letterbox",
    detector=DetectorSpec(
        anchors=((16.0, 16.0),), score_threshold=0.25, iou_threshold=0.45, max_detections=100
    ),
)


def write_toy_detector(path: Path, **changes: Any) -> Path:
    """Writes the model file; ``changes`` are fields of its spec that differ."""
    cell = SIDE // 2
    place = np.arange(cell, dtype=np.float32)
    constants = {
        "red_channel": np.array(0, np.int64),
        "in_cells": np.array([-1, 2, cell, 2, cell], np.int64),
        "four": np.array([-1, 4, cell, cell], np.int64),
        "bright": np.array(BRIGHT, np.float32),
        "from_start": place + 1,
        "from_end": cell - place,
        "cell": np.array(cell, np.float32),
        "of_column": np.array([2], np.int64),
        "of_row": np.array([3], np.int64),
        "left": np.array([[0, cell, 0, cell]], np.float32).reshape(1, 4, 1),
        "top": np.array([[0, 0, cell, cell]], np.float32).reshape(1, 4, 1),
        "of_line": np.array([2], np.int64),
        "of_cell": np.array([2, 3], np.int64),
        "one_class": np.array([-1, 4, 1], np.int64),
        "white": np.array(255, np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["image", "red_channel"], ["red_bytes"], axis=3),
        helper.make_node("Cast", ["red_bytes"], ["red"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["red", "in_cells"], ["rows_columns"]),
        helper.make_node("Transpose", ["rows_columns"], ["by_cell"], perm=[0, 1, 3, 2, 4]),
        helper.make_node("Reshape", ["by_cell", "four"], ["cells"]),
        helper.make_node("Greater", ["cells", "bright"], ["is_object"]),
        helper.make_node("Cast", ["is_object"], ["object"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["object", "cells"], ["shine"]),
        helper.make_node("ReduceMax", ["shine", "of_cell"], ["brightest"], keepdims=0),
        helper.make_node("Div", ["brightest", "white"], ["score"]),
        helper.make_node("Reshape", ["score", "one_class"], ["scores"]),
    ]
    for axis, reduced, offset in (("x", "of_column", "left"), ("y", "of_row", "top")):
        nodes += [
            helper.make_node("ReduceMax", ["object", reduced], [f"{axis}_line"], keepdims=0),
            helper.make_node("Mul", [f"{axis}_line", "from_start"], [f"{axis}_ends"]),
            helper.make_node("ReduceMax", [f"{axis}_ends", "of_line"], [f"{axis}_end"]),
            helper.make_node("Add", [f"{axis}_end", offset], [f"{axis}_max"]),
            helper.make_node("Mul", [f"{axis}_line", "from_end"], [f"{axis}_starts"]),
            helper.make_node("ReduceMax", [f"{axis}_starts", "of_line"], [f"{axis}_rest"]),
            helper.make_node("Sub", ["cell", f"{axis}_rest"], [f"{axis}_start"]),
            helper.make_node("Add", [f"{axis}_start", offset], [f"{axis}_min"]),
        ]
    nodes.append(
        helper.make_node("Concat", ["x_min", "y_min", "x_max", "y_max"], ["boxes"], axis=2)
    )
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", SIDE, SIDE, 3])],
        [
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["N", 4, 4]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 4, 1]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, replace(SPEC, **changes).to_metadata())
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    return path
