"""The four losses.

S. Ren et al., "Faster R-CNN" (2015), equation 1, and R. Girshick, "Fast R-CNN" (2015), equations 1
to 3: cross entropy for what is there, smooth L1 for where it is, the latter only of objects.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from training.detection import roi_sampling, targets

_BETA = 1 / 9
"""Where smooth L1 turns linear. "Fast R-CNN" has 1 for the head; but then what is a twentieth of
the box wrong pulls half as hard or less, and AP at high overlaps wants boxes exact."""
_SURE = 0.5


def objectness_loss(objectness: Any, kinds: Any, complete: Any) -> Any:
    """Binary cross entropy over the drawn anchors of all pictures, their mean.

    Where a set leaves a class without labels, background that the network takes for an object may
    be one of that class: it is left out there.

    Args:
        objectness: float32 (N, S), before the sigmoid, of the drawn anchors.
        kinds: int32 (N, S): 1 object, 0 background, -1 nothing.
        complete: bool (N,): whether all classes are labelled in the picture.

    Returns:
        float32 ().
    """
    counted = kinds != targets.NOTHING
    doubtful = ops.logical_and(
        ops.equal(kinds, targets.BACKGROUND),
        ops.logical_and(ops.logical_not(complete)[:, None], ops.sigmoid(objectness) > _SURE),
    )
    counted = ops.cast(ops.logical_and(counted, ops.logical_not(doubtful)), "float32")
    wanted = ops.cast(ops.equal(kinds, targets.OBJECT), "float32")
    # The logarithm of a sigmoid, without overflow.
    entropy = ops.softplus(objectness) - objectness * wanted
    return _mean(entropy, counted)


def proposal_box_loss(offsets: Any, wanted: Any, kinds: Any) -> Any:
    """Smooth L1 over the offsets of anchors that are objects, divided by all that were drawn.

    Args:
        offsets: float32 (N, S, 4), of the drawn anchors.
        wanted: float32 (N, S, 4).
        kinds: int32 (N, S): 1 object, 0 background, -1 nothing.

    Returns:
        float32 ().
    """
    objects = ops.cast(ops.equal(kinds, targets.OBJECT), "float32")
    distance = ops.sum(smooth_l1(offsets - wanted, _BETA), axis=-1)
    drawn = ops.sum(ops.cast(kinds != targets.NOTHING, "float32"))
    return ops.sum(distance * objects) / ops.maximum(drawn, 1.0)


def class_loss(scores: Any, kinds: Any, labelled: Any) -> Any:
    """Cross entropy over the drawn proposals, their mean.

    A class that a picture's set does not label takes no part there: what looks like one is not
    taught to be background. In a mosaic of several sets a proposal may still be of such a class:
    there it takes part.

    Args:
        scores: float32 (N, S, 1 + C), before the softmax, background first.
        kinds: int32 (N, S): 0 background, 1 + class id an object, -1 nothing.
        labelled: bool (N, C): which classes are labelled in the picture.

    Returns:
        float32 ().
    """
    everywhere = ops.ones_like(labelled[:, :1])
    counted = ops.cast(kinds != roi_sampling.NOTHING, "float32")
    wanted = ops.one_hot(ops.maximum(kinds, 0), scores.shape[-1])
    takes_part = ops.concatenate([everywhere, labelled], axis=1)[:, None]
    scores = ops.where(ops.logical_or(takes_part, wanted > 0), scores, -1e9)
    entropy = ops.logsumexp(scores, axis=-1) - ops.sum(scores * wanted, axis=-1)
    return _mean(entropy, counted)


def head_box_loss(offsets: Any, wanted: Any, kinds: Any) -> Any:
    """Smooth L1 over the offsets of the object's class, divided by all proposals that were drawn.

    Args:
        offsets: float32 (N, S, C, 4).
        wanted: float32 (N, S, 4).
        kinds: int32 (N, S): 0 background, 1 + class id an object, -1 nothing.

    Returns:
        float32 ().
    """
    # Background is class -1 here, whose one-hot row is all zeros.
    own = ops.one_hot(kinds - 1, offsets.shape[2])
    distance = ops.sum(smooth_l1(offsets - wanted[:, :, None], _BETA), axis=-1)
    drawn = ops.sum(ops.cast(kinds != roi_sampling.NOTHING, "float32"))
    return ops.sum(distance * own) / ops.maximum(drawn, 1.0)


def smooth_l1(difference: Any, beta: float) -> Any:
    """Quadratic up to ``beta``, linear beyond; "Fast R-CNN", equation 3, where beta is 1."""
    size = ops.abs(difference)
    return ops.where(size < beta, 0.5 * size * size / beta, size - 0.5 * beta)


def _mean(values: Any, counted: Any) -> Any:
    return ops.sum(values * counted) / ops.maximum(ops.sum(counted), 1.0)
