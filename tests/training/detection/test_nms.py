"""Suppression in rounds keeps what the greedy one of ONNX Runtime keeps."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras")

from keras.ops import convert_to_numpy, convert_to_tensor

from tests.training.detection.references import random_boxes, run_operator
from training.detection.nms import keep_best


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.7, 1.0])
def test_as_onnx_runtime_has_it(threshold):
    rng = np.random.default_rng(1)
    boxes = np.stack([random_boxes(rng, 120, 100) for _ in range(3)])
    scores = np.broadcast_to(np.linspace(1, 0.1, 120, dtype=np.float32), (3, 1, 120)).copy()
    selected = run_operator(
        "NonMaxSuppression",
        {
            "boxes": boxes,
            "scores": scores,
            "limit": np.array([120], np.int64),
            "iou": np.array([threshold], np.float32),
        },
    )
    expected = np.zeros((3, 120), bool)
    expected[selected[:, 0], selected[:, 2]] = True
    kept = keep_best(convert_to_tensor(boxes), threshold)
    np.testing.assert_array_equal(convert_to_numpy(kept), expected)


def test_a_chain_is_followed_to_its_end():
    # Each overlaps its neighbours by a third: every other one stays, as the one before it went.
    starts = np.arange(9, dtype=np.float32) * 5
    boxes = np.stack([starts, np.zeros(9), starts + 10, np.full(9, 10)], axis=1).astype(np.float32)
    kept = convert_to_numpy(keep_best(convert_to_tensor(boxes[None]), 0.3))[0]
    assert kept.tolist() == [True, False] * 4 + [True]
