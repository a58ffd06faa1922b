"""The two parts of the network that are layers only, as ONNX graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.detection.box_coding import PROPOSAL_SPREADS, clip, decode
from training.detection.network import FasterRcnn, read_head

if TYPE_CHECKING:
    import onnx

OBJECTNESS, CANDIDATES = "objectness", "candidates"
READ, PROPOSALS = "read", "proposals"
PROBABILITIES, BOXES = "probabilities", "boxes"


def level_name(number: int) -> str:
    """What the graph calls a level of the feature maps."""
    return f"features_{number}"


def convert_features(network: FasterRcnn) -> onnx.ModelProto:
    """From the picture to all that does not depend on proposals.

    Returns:
        A graph from ``image``, uint8 (N, size, size, 3), RGB, to the feature maps, float32
        (N, H, W, C), ``objectness``, float32 (N, A), before the sigmoid, and ``candidates``,
        float32 (N, A, 4), the anchors moved by their offsets, in pixels of the input and inside it.
    """
    import keras
    from keras import ops

    from training.onnx_graph import from_keras, simplify

    pictures = keras.Input((network.parts.size, network.parts.size, 3), dtype="uint8", name="image")
    maps, objectness, offsets = network.dense(pictures)
    candidates = clip(
        decode(offsets, ops.convert_to_tensor(network.anchors)[None], PROPOSAL_SPREADS),
        network.parts.size,
    )
    answers = {
        **{level_name(number): level for number, level in enumerate(maps)},
        OBJECTNESS: objectness,
        CANDIDATES: candidates,
    }
    model = from_keras(keras.Model(pictures, answers), tuple(answers))
    simplify(model)
    return model


def convert_head(network: FasterRcnn) -> onnx.ModelProto:
    """From what was read of proposals to boxes.

    Returns:
        A graph from ``read``, float32 (R, bins, bins, C), and ``proposals``, float32 (R, 4), to
        ``probabilities``, float32 (R, classes), 0..1, and ``boxes``, float32 (R, classes, 4), in
        pixels of the input and inside it.
    """
    import keras

    from training.onnx_graph import from_keras

    read = keras.Input(network.box_head.inputs[0].shape[1:], name=READ)
    proposals = keras.Input((4,), name=PROPOSALS)
    scores, offsets = network.box_head(read)
    boxes, probabilities = read_head(scores, offsets, proposals, network.parts.size)
    answers = {PROBABILITIES: probabilities, BOXES: boxes}
    return from_keras(keras.Model([read, proposals], answers), tuple(answers))
