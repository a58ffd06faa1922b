"""Box voting: every box becomes the mean of those that are nearly the same.

What the head answers for one object are several boxes, each a little wrong in another way; the one
with the best score need not be the most exact. S. Gidaris and N. Komodakis, "Object Detection via a
Multi-Region and Semantic Segmentation-Aware CNN Model" (2015), section 3.3; the weights are those
of Y. He et al., "Bounding Box Regression with Uncertainty for Accurate Object Detection" (2019),
section 3.3, without the variances, which are not predicted here. They have no threshold: at one, a
rounding error would decide whether a box counts.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from training.overlap import iou

NO_VOTES = 1e-12
"""A box for which the votes weigh less stays as it is."""


def vote(boxes: Any, scores: Any, spread: float) -> Any:
    """The mean of all boxes of the class, weighed by score x exp(-(1 - IoU)^2 / spread).

    Args:
        boxes: float32 (N, P, C, 4), one a class, in pixels of the input.
        scores: float32 (N, P, C), 0..1; 0 for a box that is none.
        spread: how unlike a box may be to count, above 0; the paper has 0.005 to 0.05.

    Returns:
        Boxes as they came, float32 (N, P, C, 4).
    """
    by_class = ops.transpose(boxes, (0, 2, 1, 3))
    unlike = 1.0 - iou(by_class, by_class)
    votes = ops.transpose(scores, (0, 2, 1))[:, :, None] * ops.exp(-unlike * unlike / spread)
    total = ops.sum(votes, axis=-1, keepdims=True)
    # Not a product of matrices: GPUs round its factors to ten bits, half a pixel of a wide input.
    mean = ops.sum(votes[..., None] * by_class[:, :, None], axis=3) / ops.maximum(total, NO_VOTES)
    return ops.transpose(ops.where(total > NO_VOTES, mean, by_class), (0, 2, 1, 3))
