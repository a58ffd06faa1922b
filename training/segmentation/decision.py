"""From a network's scores to classes, as the exported graph decides."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from training.segmentation.answering import Run


def decide(
    scores: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """The class of each pixel, and how likely it is.

    Args:
        scores: float32 (N, H, W, C), before the soft-max; of one class (N, H, W, 1), before the
            sigmoid.

    Returns:
        Class ids, uint8 (N, H, W), and the soft-max's value of these, float32 (N, H, W), 0..1. Of
        one class 1 where it is likelier than not, else 0; and the likelihood of what was chosen.
    """
    if scores.shape[-1] == 1:
        # The background's score beside it: the sigmoid is the soft-max of the two.
        scores = np.concatenate([np.zeros_like(scores), scores], axis=-1)
    best = scores.max(axis=-1, keepdims=True)
    confidence = 1.0 / np.exp(scores - best).sum(axis=-1)
    return scores.argmax(axis=-1).astype(np.uint8), confidence


def runner(network: keras.Model) -> Run:
    """A network in training as something that answers inputs."""

    def run(inputs: npt.NDArray[np.uint8]) -> Any:
        return decide(ops.convert_to_numpy(network.predict_on_batch(inputs)))

    return run
