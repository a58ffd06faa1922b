"""A small segmentation model, made on the spot, whose answers one can work out.

A pixel is a ``road`` where its red is brightest, a ``car`` where its green is, and ``background``
where neither is brighter than 100 of 255. It is as sure as the brightest of the three is bright.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from tests.services.toy_detector import save
from vision.model_spec import ModelSpec, SegmenterSpec
from vision.preprocessing import Crop

WIDTH, HEIGHT = 96, 80
BACKGROUND, ROAD, CAR = range(3)
PALETTE = ((0, 0, 0), (128, 64, 128), (64, 0, 128))
SPEC = ModelSpec(
    task="segmentation",
    name="toy",
    version="7",
    labels=("background", "road", "car"),
    input_width=WIDTH,
    input_height=HEIGHT,
    colour_order="RGB",
    crop=Crop(),
    fit="letterbox",
    segmenter=SegmenterSpec(PALETTE, drivable=("road",), ignored=("void",)),
)


def build_segmenter(
    path: Path, metadata: dict[str, str], quantized: bool = False, confidence: str = "confidence"
) -> Path:
    """Writes the model file.

    Args:
        path: where.
        metadata: what the file says of itself.
        quantized: with what makes an int8 model of it; its answers stay the same.
        confidence: the name of the second output.
    """
    constants: dict[str, Any] = {
        "colours": np.array([0, 1], np.int64),
        "floor": np.array(100, np.float32),
        "first": np.array([0, 0, 0, 1, 0, 0, 0, 0], np.int64),
        "white": np.array(255, np.float32),
        "channels": np.array([3], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["image"], ["floats"], to=TensorProto.FLOAT),
        node("Gather", ["floats", "colours"], ["two"], axis=3),
        # One more channel before them: that of the background.
        node("Pad", ["two", "first", "floor"], ["scores"]),
        node("ArgMax", ["scores"], ["ids"], axis=3, keepdims=0),
        node("Cast", ["ids"], ["class_map"], to=TensorProto.UINT8),
        node("ReduceMax", ["scores", "channels"], ["best"], keepdims=0),
        node("Div", ["best", "white"], [confidence]),
    ]
    if quantized:
        constants |= {"scale": np.array(1.0, np.float32), "none": np.array(0, np.uint8)}
        nodes[1:1] = [
            node("QuantizeLinear", ["floats", "scale", "none"], ["integers"]),
            node("DequantizeLinear", ["integers", "scale", "none"], ["again"]),
        ]
        nodes[3].input[0] = "again"
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", HEIGHT, WIDTH, 3])],
        [
            helper.make_tensor_value_info("class_map", TensorProto.UINT8, ["N", HEIGHT, WIDTH]),
            helper.make_tensor_value_info(confidence, TensorProto.FLOAT, ["N", HEIGHT, WIDTH]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return save(graph, path, metadata)


def road_scene(height: int, width: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """A picture, uint8 (H, W, 3), BGR, and its true class map, uint8 (H, W).

    The lower half is road of brightness 255 and there is a car of brightness 204 on its right.
    """
    truth = np.full((height, width), BACKGROUND, np.uint8)
    truth[height // 2 :] = ROAD
    truth[height * 5 // 8 : height * 7 // 8, width * 5 // 8 : width * 7 // 8] = CAR
    pixels = np.full((height, width, 3), 20, np.uint8)
    pixels[truth == ROAD] = (20, 20, 255)
    pixels[truth == CAR] = (20, 204, 20)
    return pixels, truth
