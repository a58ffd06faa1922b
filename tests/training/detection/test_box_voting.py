"""Boxes that are nearly the same become their mean."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras")

from tests.training.detection.references import random_boxes
from training.detection.box_voting import vote


def _voted(boxes, scores, spread=0.02):
    """Of one picture and class."""
    boxes = np.asarray(boxes, np.float32)[None, :, None]
    scores = np.asarray(scores, np.float32)[None, :, None]
    return np.asarray(vote(boxes, scores, spread))[0, :, 0]


def test_worked_example():
    # They overlap by 0.8: each counts exp(-0.2^2 / 0.02) = 0.1353 of its score for the other.
    voted = _voted([[0, 0, 10, 10], [0, 0, 10, 8]], [0.6, 0.2])
    first = (0.6 * 10 + 0.2 * 0.1353 * 8) / (0.6 + 0.2 * 0.1353)
    second = (0.2 * 8 + 0.6 * 0.1353 * 10) / (0.2 + 0.6 * 0.1353)
    np.testing.assert_allclose(voted, [[0, 0, 10, first], [0, 0, 10, second]], rtol=1e-4)


def test_what_is_apart_or_none_stays_as_it_is():
    boxes = np.array([[0, 0, 10, 10], [30, 30, 50, 40], [0, 0, 10, 9.5], [7, 7, 7, 7]], np.float32)
    voted = _voted(boxes, [0.9, 0.01, 0, 0])
    rows = [0, 1, 3]
    np.testing.assert_allclose(voted[rows], boxes[rows], atol=1e-4)


def test_each_class_of_each_picture_by_itself():
    mask = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(0)
    shape = (2, 40, 3)
    boxes = np.stack([random_boxes(rng, 40 * 3, 60).reshape(40, 3, 4) for _ in range(2)])
    scores = rng.uniform(0.01, 1, shape).astype(np.float32)
    voted = np.asarray(vote(boxes, scores, 0.05))
    for n in range(2):
        for class_id in range(3):
            own = boxes[n, :, class_id].astype(np.float64)
            sized = np.concatenate([own[:, :2], own[:, 2:] - own[:, :2]], axis=1)
            overlap = np.asarray(mask.iou(sized, sized, [False] * 40))
            weights = scores[n, :, class_id] * np.exp(-((1 - overlap) ** 2) / 0.05)
            expected = weights @ own / weights.sum(axis=1, keepdims=True)
            np.testing.assert_allclose(voted[n, :, class_id], expected, atol=1e-3)
    assert np.abs(voted - boxes).max() > 1
