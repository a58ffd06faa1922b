"""From a network's scores to classes: the same in the exported graph and in validation."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from training.segmentation.answering import Run
from vision.class_map import CLASS_MAP, CONFIDENCE


def decide(scores: Any) -> dict[str, Any]:
    """The class of each pixel.

    Args:
        scores: float32 (N, H, W, C), before the soft-max; of one class (N, H, W, 1), before the
            sigmoid.

    Returns:
        ``class_map``, uint8 (N, H, W), and ``confidence``, float32 (N, H, W), 0..1: how likely that
        class is. Of one class it is 1 where that is likelier than not, else 0.
    """
    if scores.shape[-1] == 1:
        likely = ops.sigmoid(scores[..., 0])
        found = likely > 0.5
        confidence = ops.where(found, likely, 1.0 - likely)
        return {CLASS_MAP: ops.cast(found, "uint8"), CONFIDENCE: confidence}
    # The best score's share of all; as the soft-max's largest value, without the others.
    best = ops.max(scores, axis=-1)
    total = ops.sum(ops.exp(scores - best[..., None]), axis=-1)
    return {CLASS_MAP: ops.cast(ops.argmax(scores, axis=-1), "uint8"), CONFIDENCE: 1.0 / total}


def deciding(network: keras.Model) -> keras.Model:
    """A network with its decision: from the picture to the dictionary of :func:`decide`."""
    return keras.Model(network.input, decide(network.output))


def runner(network: keras.Model) -> Run:
    """A network in training as something that answers inputs."""

    def run(inputs: npt.NDArray[np.uint8]) -> Any:
        answers = decide(network.predict_on_batch(inputs))
        return tuple(ops.convert_to_numpy(answers[name]) for name in (CLASS_MAP, CONFIDENCE))

    return run
