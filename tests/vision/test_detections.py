from __future__ import annotations

import numpy as np

from vision.detections import Detections, in_picture
from vision.preprocessing import letterbox


def test_in_picture_undoes_the_letterbox_clips_and_leaves_the_bars_out() -> None:
    _, placement = letterbox(np.zeros((100, 200, 3), np.uint8), 100, 100)
    # The picture fills the rows 25 to 75, at half its size.
    boxes = np.array(
        [[10, 30, 20, 40], [-5, 20, 30, 40], [10, 2, 30, 24], [60, 75, 80, 99]], np.float32
    )
    scores = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    found = in_picture(Detections(boxes, scores, np.arange(4)), placement, 200, 100)
    assert found.boxes.tolist() == [[20, 10, 40, 30], [0, 0, 60, 30]]
    assert found.scores.tolist() == scores[:2].tolist()
    assert found.class_ids.tolist() == [0, 1]
