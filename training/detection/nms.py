"""Greedy non-maximum suppression of many pictures at once, in any backend of Keras.

Box by box it would be a loop of hundreds of steps. Here all boxes decide at once, again and again:
a box stays if no better box that stays overlaps it too much. A box whose better ones have decided
for good decides for good, so the rounds end, with the greedy answer, after as many as the longest
chain of overlapping boxes has members: a few. (Z. Zheng et al., "Enhancing Geometric Factors in
Model Learning and Inference for Object Detection and Instance Segmentation", 2021, Cluster-NMS.)
"""

from __future__ import annotations

from typing import Any

from keras import ops

from training.overlap import iou


def keep_best(boxes: Any, iou_threshold: float) -> Any:
    """Which boxes stay: of two that overlap more than the threshold, the one that comes first.

    Args:
        boxes: float32 (N, K, 4): x_min, y_min, x_max, y_max, best first.
        iou_threshold: 0..1.

    Returns:
        bool (N, K).
    """
    count = boxes.shape[1]
    order = ops.arange(count)
    better = order[:, None] < order[None, :]
    # (N, i, j): box i puts box j out, if it stays itself.
    rivals = ops.cast(ops.logical_and(iou(boxes, boxes) > iou_threshold, better), "float32")

    def decide(kept: Any) -> Any:
        # How many that stay put each box out, as a product of matrices.
        beaten = ops.matmul(kept[:, None, :], rivals)[:, 0]
        return ops.cast(beaten < 0.5, "float32")

    def step(kept: Any, _: Any) -> tuple[Any, Any]:
        after = decide(kept)
        return after, ops.any(ops.not_equal(after, kept))

    everyone = ops.ones_like(boxes[..., 0])
    kept, _ = ops.while_loop(
        lambda _, changed: changed,
        step,
        (everyone, ops.any(everyone > 0)),
        maximum_iterations=count,
    )
    return kept > 0
