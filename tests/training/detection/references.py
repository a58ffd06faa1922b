"""ONNX Runtime's operators, one at a time: implementations that are not ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper


def run_operator(operator: str, inputs: dict[str, Any], **attributes: Any) -> np.ndarray:
    """The first output of one operator of opset 17."""
    kinds = {np.float32: TensorProto.FLOAT, np.int64: TensorProto.INT64}
    graph = helper.make_graph(
        [helper.make_node(operator, list(inputs), ["out"], **attributes)],
        "one",
        [
            helper.make_tensor_value_info(name, kinds[value.dtype.type], value.shape)
            for name, value in inputs.items()
        ],
        [helper.make_empty_tensor_value_info("out")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, inputs)[0]


def random_boxes(
    rng: np.random.Generator, count: int, size: float, largest: float = 0.5
) -> np.ndarray:
    """float32 (count, 4), inside a square picture; sides from a twentieth to ``largest`` of it."""
    sides = rng.uniform(size / 20, size * largest, (count, 2))
    low = rng.uniform(0, size - sides)
    return np.concatenate([low, low + sides], axis=1).astype(np.float32)
