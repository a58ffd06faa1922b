"""The network as an ONNX graph with the decoding inside, and whether the two agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from training.errors import ExportError
from training.plates.trained import TrainedNetwork

if TYPE_CHECKING:
    import keras
    import onnx

OUTPUTS = ("boxes", "scores")
BOX_TOLERANCE = 1.0
"""Largest difference of a box between Keras and the file, in pixels of the input."""
SCORE_TOLERANCE = 0.01
"""Largest difference of a score."""

_LIKELY_SCORE = 0.05
_LIKELY_ANCHORS = 20
_BATCHES = (1, 3)


def with_decoding(trained: TrainedNetwork) -> keras.Model:
    """The network as it is served.

    Returns:
        A model from uint8 (N, size, size, 3), RGB, to a dictionary: ``boxes`` float32 (N, A, 4),
        x_min, y_min, x_max, y_max in pixels of the input, and ``scores`` float32 (N, A, C), 0..1.
    """
    import keras

    from training.plates.decoding import decode

    boxes, scores = decode(
        trained.network.outputs, trained.anchors, len(trained.labels), trained.size
    )
    return keras.Model(trained.network.inputs[0], {"boxes": boxes, "scores": scores})


def convert(served: keras.Model) -> onnx.ModelProto:
    """The graph of a network :func:`with_decoding`, with float32 weights."""
    from training.onnx_graph import from_keras, simplify

    model = from_keras(served, OUTPUTS)
    simplify(model)
    return model


def check_parity(served: keras.Model, path: Path) -> tuple[float, float]:
    """Compares a file with the network it was made from: batches of one and three, and no object.

    Every score counts, and the boxes of the anchors that could become a detection: those with a
    score of 0.05 and more, and the best twenty of each picture.

    Args:
        served: from :func:`with_decoding`.
        path: the model file.

    Returns:
        The largest difference of a box, in pixels of the input, and of a score.

    Raises:
        ExportError: one of them is above its tolerance, or the file answers in other shapes.
    """
    import onnxruntime
    from keras import ops

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    size = served.inputs[0].shape[1]
    worst_box = worst_score = 0.0
    nothing = np.full((1, size, size, 3), 114, np.uint8)
    for pictures in [*(sample_pictures(count, size) for count in _BATCHES), nothing]:
        expected = served(pictures, training=False)
        boxes, scores = (ops.convert_to_numpy(expected[name]) for name in OUTPUTS)
        found = session.run(list(OUTPUTS), {"image": pictures})
        if [array.shape for array in found] != [boxes.shape, scores.shape]:
            raise ExportError(
                f"{path}: expected boxes {boxes.shape} and scores {scores.shape}, got "
                f"{[array.shape for array in found]}"
            )
        likely = _likely(scores)
        box = float(np.abs(found[0] - boxes)[likely].max())
        score = float(np.abs(found[1] - scores).max())
        if not (box <= BOX_TOLERANCE and score <= SCORE_TOLERANCE):
            raise ExportError(
                f"{path}: differs from Keras by {box:.3g} pixels and {score:.3g} in score for "
                f"{len(pictures)} picture(s), more than {BOX_TOLERANCE:g} and {SCORE_TOLERANCE:g}; "
                "the file was not kept"
            )
        worst_box, worst_score = max(worst_box, box), max(worst_score, score)
    return worst_box, worst_score


def sample_pictures(count: int, size: int) -> npt.NDArray[np.uint8]:
    """Drawn plates on walls of different lights: uint8 (count, size, size, 3), always the same."""
    rng = np.random.default_rng(5)
    row, column = np.mgrid[0:size, 0:size].astype(np.float32) / size
    pictures = np.empty((count, size, size, 3), np.uint8)
    for picture in pictures:
        slope = rng.uniform(-60, 60, 2)
        shade = (slope[0] * row + slope[1] * column)[..., None] + rng.uniform(60, 170, 3)
        for _ in range(3):
            width = rng.uniform(0.1, 0.4)
            height = width * rng.uniform(0.3, 0.8)
            x, y = column - rng.uniform(0, 1 - width), row - rng.uniform(0, 1 - height)
            inside = (x > 0) & (x < width) & (y > 0) & (y < height)
            letters = (np.sin(x / width * 45) > 0.4) & (np.abs(y / height - 0.5) < 0.3)
            shade[inside] = rng.uniform(180, 255)
            shade[inside & letters] = rng.uniform(0, 60)
        picture[:] = np.clip(shade + rng.normal(0, 8, shade.shape), 0, 255)
    return pictures


def _likely(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Which anchors could become a detection: bool (N, A)."""
    best = scores.max(axis=2)
    count = min(_LIKELY_ANCHORS, best.shape[1])
    limit = np.sort(best, axis=1)[:, -count, None]
    return np.asarray((best >= _LIKELY_SCORE) | (best >= limit))
