"""Anchors at known places."""

from __future__ import annotations

import numpy as np

from training.detection.anchors import AnchorLevel, all_anchors


def test_the_paper_s_anchors():
    level = AnchorLevel(16, (64, 128, 256), (0.5, 1, 2))
    shapes = level.shapes
    np.testing.assert_allclose(
        shapes.prod(axis=1), np.repeat([64**2, 128**2, 256**2], 3), rtol=1e-5
    )
    np.testing.assert_allclose(shapes[:, 1] / shapes[:, 0], [0.5, 1, 2] * 3, rtol=1e-5)


def test_cell_by_cell_row_by_row():
    boxes = AnchorLevel(32, (16,), (1,)).boxes(64)
    np.testing.assert_array_equal(
        boxes, [[8, 8, 24, 24], [40, 8, 56, 24], [8, 40, 24, 56], [40, 40, 56, 56]]
    )


def test_levels_follow_each_other():
    levels = (AnchorLevel(8, (16, 24), (0.5, 1)), AnchorLevel(16, (32, 48), (0.5, 1)))
    anchors = all_anchors(levels, 64)
    assert [level.count(64) for level in levels] == [64 * 4, 16 * 4]
    assert anchors.shape == (64 * 4 + 16 * 4, 4)
    np.testing.assert_array_equal(anchors[64 * 4 :], levels[1].boxes(64))
