"""Decoding: against the formulas of the paper, worked out one box at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from training.plates.decoding import decode, make_grid  # noqa: E402
from training.plates.network import COCO_ANCHORS, SCALE_X_Y, STRIDES  # noqa: E402

SIZE = 64
CLASSES = 2


def heads(value: float = 0.0) -> list[np.ndarray]:
    """Raw answers of both heads, silent everywhere."""
    return [
        np.full((1, SIZE // stride, SIZE // stride, 3 * (5 + CLASSES)), value, np.float32)
        for stride in (32, 16)
    ]


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


@pytest.mark.parametrize(
    ("head", "cell", "anchor", "index"),
    [
        (0, (0, 0), 0, 0),
        (0, (1, 0), 2, 2 * 3 + 2),
        (1, (0, 0), 0, 2 * 2 * 3),
        (1, (2, 3), 1, 2 * 2 * 3 + (2 * 4 + 3) * 3 + 1),
    ],
)
def test_a_box_is_where_the_formulas_say(head, cell, anchor, index):
    (row, column), stride = cell, STRIDES[head]
    raw = heads()
    t = np.array([0.3, -1.2, 0.5, -0.4, 1.5, 2.0, -3.0], np.float32)
    raw[head][0, row, column, anchor * 7 : anchor * 7 + 7] = t
    boxes, scores = decode([keras.ops.convert_to_tensor(r) for r in raw], COCO_ANCHORS, 2, SIZE)
    x = (sigmoid(0.3) * SCALE_X_Y - (SCALE_X_Y - 1) / 2 + column) * stride
    y = (sigmoid(-1.2) * SCALE_X_Y - (SCALE_X_Y - 1) / 2 + row) * stride
    anchor_width, anchor_height = COCO_ANCHORS.of_head(head)[anchor]
    width, height = anchor_width * math.exp(0.5), anchor_height * math.exp(-0.4)
    expected = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
    np.testing.assert_allclose(np.asarray(boxes)[0, index], expected, rtol=1e-5)
    np.testing.assert_allclose(
        np.asarray(scores)[0, index],
        [sigmoid(1.5) * sigmoid(2.0), sigmoid(1.5) * sigmoid(-3.0)],
        rtol=1e-5,
    )


def test_there_is_an_answer_for_every_anchor_of_both_heads():
    grid = make_grid(COCO_ANCHORS, 416)
    assert len(grid.cells) == 3 * (13 * 13 + 26 * 26) == 2535
    assert (grid.strides[: 3 * 13 * 13] == 32).all()
    assert (grid.strides[3 * 13 * 13 :] == 16).all()
    np.testing.assert_array_equal(grid.cells[3 * 13 * 13 + 3 * 27], [1, 1])


def test_an_absurd_size_is_still_a_number():
    raw = heads()
    raw[0][0, 0, 0, 2:4] = 1e4
    boxes, _ = decode([keras.ops.convert_to_tensor(r) for r in raw], COCO_ANCHORS, 2, SIZE)
    assert np.isfinite(np.asarray(boxes)).all()
