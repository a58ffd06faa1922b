"""Anchors by k-means, with 1 - IoU as the distance.

J. Redmon, A. Farhadi, "YOLO9000: Better, Faster, Stronger" (2017), section 2: with Euclidean
distance large boxes would count for more than small ones. The first centres are drawn as in
k-means++ (D. Arthur, S. Vassilvitskii, 2007); a centre is the median of its boxes, which a few odd
boxes do not move.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.boxes.dataset import BoxDataset

Sizes = npt.NDArray[np.float64]
"""(N, 2): width and height."""

YOLOV4_TINY_ANCHORS: Sizes = np.array([(23, 27), (37, 58), (81, 82), (135, 169), (344, 319)], float)
"""Those that the heads of ``yolov4-tiny.cfg`` use (masks 3,4,5 and 1,2,3: never the first, 10x14),
in pixels of a 416 x 416 input."""

_RESTARTS = 10
_STEPS = 300


def box_sizes(dataset: BoxDataset, size: int) -> Sizes:
    """Width and height of every object's box in pixels of a letterboxed square input of a size."""
    rows = [
        (image.boxes[:, 2:] - image.boxes[:, :2]) * (size / max(image.width, image.height))
        for image in (image.objects for image in dataset.images)
    ]
    return np.concatenate(rows).astype(np.float64) if rows else np.zeros((0, 2))


def cluster_anchors(sizes: Sizes, count: int, seed: int = 0) -> Sizes:
    """The best of some runs of k-means from different first centres.

    Args:
        sizes: (N, 2), width and height of boxes, over 0.
        count: anchors wanted.
        seed: of the first centres.

    Returns:
        (count, 2), by area, smallest first.

    Raises:
        ValueError: there are fewer different sizes than anchors wanted.
    """
    different = len(np.unique(sizes, axis=0))
    if not 1 <= count <= different:
        raise ValueError(
            f"expected 1 to {different} anchors for as many different sizes, got {count}"
        )
    rng = np.random.default_rng(seed)
    runs = [_k_means(sizes, _first_centres(sizes, count, rng)) for _ in range(_RESTARTS)]
    best = max(runs, key=lambda anchors: average_iou(sizes, anchors))
    return best[np.argsort(best.prod(axis=1))]


def average_iou(sizes: Sizes, anchors: Sizes) -> float:
    """Mean over the boxes of the IoU with the anchor that fits best, 0..1."""
    return float(_iou(sizes, anchors).max(axis=1).mean())


def _iou(sizes: Sizes, anchors: Sizes) -> Sizes:
    """(N, K): IoU of boxes with the same corner."""
    shared = np.minimum(sizes[:, None], anchors[None]).prod(axis=2)
    return np.asarray(
        shared / (sizes.prod(axis=1)[:, None] + anchors.prod(axis=1)[None] - shared), np.float64
    )


def _first_centres(sizes: Sizes, count: int, rng: np.random.Generator) -> Sizes:
    chosen = sizes[[rng.integers(len(sizes))]]
    while len(chosen) < count:
        distance = np.clip(1 - _iou(sizes, chosen).max(axis=1), 0, None) ** 2
        row = rng.choice(len(sizes), p=distance / distance.sum())
        chosen = np.concatenate([chosen, sizes[[row]]])
    return chosen


def _k_means(sizes: Sizes, centres: Sizes) -> Sizes:
    assigned = np.full(len(sizes), -1)
    for _ in range(_STEPS):
        nearest = _iou(sizes, centres).argmax(axis=1)
        if (nearest == assigned).all():
            break
        assigned = nearest
        # A centre that lost all of its boxes stays where it is.
        centres = np.stack(
            [
                np.median(sizes[assigned == number], axis=0)
                if (assigned == number).any()
                else centre
                for number, centre in enumerate(centres)
            ]
        )
    return centres
