"""What a network that names every pixel is trained to make small.

Cross entropy of every labelled pixel, as in O. Ronneberger et al., "U-Net" (2015), section 3, and
beside it, if wanted, F. Milletari et al., "V-Net" (2016), section 3: Dice, which looks at areas.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from vision.class_map import IGNORED

_SMOOTH = 1.0
"""Pixels added to both parts of Dice's fraction: a class that is nowhere counts as found."""


class PixelLoss(keras.losses.Loss):  # type: ignore[misc]
    """Cross entropy of a picture's pixels, and Dice.

    Pixels that are :data:`vision.class_map.IGNORED` take no part.

    Args:
        class_weights: how much a pixel of each class counts, one a class; for a network with one
            output, of the background and of the class.
        dice: weight of the Dice loss; 0: none.
    """

    def __init__(self, class_weights: Sequence[float], dice: float = 0.0) -> None:
        super().__init__(name="pixels")
        self._weights = tuple(float(weight) for weight in class_weights)
        self._dice = dice

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # noqa: ARG002
        """The loss of a batch.

        Args:
            y_true: (N, H, W): class ids, 0 and 1 for a network with one output; or ignored.
            y_pred: float32 (N, H, W, C), before the soft-max; (N, H, W, 1) before the sigmoid.
            sample_weight: not used; Keras gives it.

        Returns:
            float32 ().
        """
        masks = ops.cast(y_true, "int32")
        known = ops.cast(ops.not_equal(masks, IGNORED), "float32")
        # What is ignored has a weight of 0, so that its class does not matter.
        classes = ops.where(ops.equal(masks, IGNORED), 0, masks)
        weights = ops.take(ops.convert_to_tensor(self._weights, "float32"), classes) * known
        truth = ops.one_hot(classes, len(self._weights), dtype="float32")
        if y_pred.shape[-1] == 1:
            score = y_pred[..., 0]
            entropy = ops.softplus(score) - score * truth[..., 1]
            likely = ops.sigmoid(y_pred)
            truth = truth[..., 1:]
        else:
            entropy = ops.logsumexp(y_pred, axis=-1) - ops.sum(y_pred * truth, axis=-1)
            likely = ops.softmax(y_pred)
        loss = ops.sum(entropy * weights) / ops.maximum(ops.sum(weights), 1e-6)
        if not self._dice:
            return loss
        return loss + self._dice * _dice_loss(likely, truth, known[..., None])


def _dice_loss(likely: Any, truth: Any, known: Any) -> Any:
    """One minus Dice's coefficient over the batch's pixels, the mean of the classes."""
    axes = (0, 1, 2)
    shared = ops.sum(likely * truth * known, axis=axes)
    both = ops.sum((likely + truth) * known, axis=axes)
    return ops.mean(1.0 - (2.0 * shared + _SMOOTH) / (both + _SMOOTH))


def balanced_weights(pixels: npt.NDArray[np.int64], balance: float) -> tuple[float, ...]:
    """How much each class should count.

    D. Eigen, R. Fergus, "Predicting Depth, Surface Normals and Semantic Labels with a Common
    Multi-Scale Convolutional Architecture" (2015), section 6.3: the median share of the classes
    divided by the class's own; here to the power of ``balance``.

    Args:
        pixels: (C,), pixels of each class in the training masks.
        balance: 0 (all count alike) to 1.

    Returns:
        One weight a class; 1 for a class that is nowhere.
    """
    present = pixels > 0
    weights = np.ones(len(pixels))
    if present.any():
        shares = pixels[present] / pixels.sum()
        weights[present] = (np.median(shares) / shares) ** balance
    return tuple(weights.tolist())
