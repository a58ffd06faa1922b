"""The toy detector with its thresholds and its non-maximum suppression inside the graph.

Red rectangles are the class ``car``, green ones ``person``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from tests.services import toy_detector
from tests.services.toy_detector import SIDE, raw_answers, save

SPEC = replace(toy_detector.SPEC, task="detection", labels=("car", "person"))

_ANCHORS = 16
_CANDIDATES = 2 * _ANCHORS
_MOST = 1000
"""The most rows that can be asked for."""

DETECTOR = SPEC.detector
assert DETECTOR is not None
DEFAULTS: dict[str, Any] = {
    "score_threshold": np.array([DETECTOR.score_threshold], np.float32),
    "iou_threshold": np.array([DETECTOR.iou_threshold], np.float32),
    "max_detections": np.array([DETECTOR.max_detections], np.int64),
}
"""The three inputs that may be left out."""


def build_detection(
    path: Path,
    metadata: dict[str, str],
    quantized: bool = False,
    inputs: tuple[str, ...] = tuple(DEFAULTS),
    scores: str = "scores",
) -> Path:
    """Writes the model file.

    Args:
        path: where.
        metadata: what the file says of itself.
        quantized: with what makes an int8 model of it; its answers stay the same.
        inputs: which of the three inputs there are; the others cannot be changed.
        scores: the value in the graph that is answered as the scores, (N, D).
    """
    constants, nodes = raw_answers(quantized)
    for entry in nodes:
        for index, name in enumerate(entry.output):
            if name in ("boxes", "scores"):
                entry.output[index] = f"anchor_{name}"
    constants |= {
        **DEFAULTS,
        "zero_score": np.array(0, np.float32),
        "most": np.array([_MOST], np.int64),
        "padding": np.array([0, 0, 0, _MOST], np.int64),
        "flat": np.array([0, _CANDIDATES], np.int64),
        "anchor_count": np.array(_ANCHORS, np.int64),
        "axis_2": np.array([2], np.int64),
        "none": np.array(-1, np.int64),
        "first_axis": np.array([0], np.int64),
    }
    node = helper.make_node
    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    nodes += [
        # From the threshold on, and not above it only, as the operator would.
        node("GreaterOrEqual", ["anchor_scores", "score_threshold"], ["counts"]),
        node("Where", ["counts", "anchor_scores", "zero_score"], ["counted"]),
        node("Transpose", ["counted"], ["by_class"], perm=[0, 2, 1]),
        node(
            "NonMaxSuppression",
            ["anchor_boxes", "by_class", "most", "iou_threshold", "zero_score"],
            ["kept"],
        ),
        # Picture, class and anchor of each that was kept: all others get the score 0.
        node("Shape", ["by_class"], ["shape"]),
        node("ConstantOfShape", ["shape"], ["nothing"]),
        node("Shape", ["kept"], ["kept_shape"]),
        node("Gather", ["kept_shape", "first_axis"], ["kept_count"]),
        node("ConstantOfShape", ["kept_count"], ["ones"], value=one),
        node("ScatterND", ["nothing", "kept", "ones"], ["mask"]),
        node("Mul", ["by_class", "mask"], ["kept_scores"]),
        node("Reshape", ["kept_scores", "flat"], ["candidates"]),
        node("Pad", ["candidates", "padding"], ["padded"]),
        node("TopK", ["padded", "max_detections"], ["scores", "places"]),
        node("Greater", ["scores", "zero_score"], ["found"]),
        node("Div", ["places", "anchor_count"], ["classes"]),
        node("Where", ["found", "classes", "none"], ["labels"]),
        node("Mod", ["places", "anchor_count"], ["anchors_kept"]),
        node("Unsqueeze", ["anchors_kept", "axis_2"], ["anchor_column"]),
        node("GatherND", ["anchor_boxes", "anchor_column"], ["all_boxes"], batch_dims=1),
        node("Unsqueeze", ["found", "axis_2"], ["found_column"]),
        node("Where", ["found_column", "all_boxes", "zero_score"], ["boxes"]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [
            helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", SIDE, SIDE, 3]),
            *(
                helper.make_tensor_value_info(
                    name, helper.np_dtype_to_tensor_dtype(DEFAULTS[name].dtype), [1]
                )
                for name in inputs
            ),
        ],
        [
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["N", "D", 4]),
            helper.make_tensor_value_info("labels", TensorProto.INT64, ["N", "D"]),
            helper.make_tensor_value_info(scores, TensorProto.FLOAT, ["N", "D"]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return save(graph, path, metadata)
