"""From the region proposal network's answers to the few boxes that the head looks at.

S. Ren et al., "Faster R-CNN" (2015), section 3.3: the best boxes, and of those that overlap the
better one. With a pyramid every level first sends its own best, so that small objects are not
crowded out (T.-Y. Lin et al., 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from training.detection.anchors import Boxes
from training.detection.box_coding import PROPOSAL_SPREADS, clip, decode
from training.detection.nms import keep_best
from training.detection.proposal_rule import ProposalRule


def propose(
    objectness: Any,
    offsets: Any,
    *,
    anchors: Boxes,
    level_counts: Sequence[int],
    size: int,
    rule: ProposalRule,
) -> tuple[Any, Any]:
    """The proposals of each picture, best first.

    Args:
        objectness: float32 (N, A), before the sigmoid.
        offsets: float32 (N, A, 4), from the anchors.
        anchors: float32 (A, 4).
        level_counts: anchors of each level, in their order; A together.
        size: width and height of the input in pixels.
        rule: how they are chosen.

    Returns:
        Boxes, float32 (N, rule.count, 4), inside the input, and whether each is one, bool
        (N, rule.count): where too few are left, boxes are repeated that are none.
    """
    scores, chosen_offsets, chosen_anchors = [], [], []
    start = 0
    for count in level_counts:
        level = slice(start, start + count)
        start += count
        best, rows = ops.top_k(objectness[:, level], min(rule.per_level, count))
        scores.append(best)
        chosen_offsets.append(ops.take_along_axis(offsets[:, level], rows[..., None], axis=1))
        chosen_anchors.append(ops.take(ops.convert_to_tensor(anchors[level]), rows, axis=0))
    scores = ops.concatenate(scores, axis=1)
    boxes = decode(
        ops.concatenate(chosen_offsets, axis=1),
        ops.concatenate(chosen_anchors, axis=1),
        PROPOSAL_SPREADS,
    )
    boxes = clip(boxes, size)
    scores, order = ops.top_k(scores, scores.shape[1])
    boxes = ops.take_along_axis(boxes, order[..., None], axis=1)
    kept = keep_best(boxes, rule.iou_threshold)
    ranked = ops.where(kept, ops.sigmoid(scores), -np.float32(1))
    best, rows = ops.top_k(ranked, min(rule.count, ranked.shape[1]))
    return ops.take_along_axis(boxes, rows[..., None], axis=1), best >= 0
