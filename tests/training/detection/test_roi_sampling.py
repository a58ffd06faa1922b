"""Which proposals the head learns from."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras")

from keras.ops import convert_to_numpy, convert_to_tensor

from training.boxes.dataset import IGNORED
from training.detection.roi_sampling import BACKGROUND, NOTHING, RoiSampler, judge
from training.detection.sampling import NO_BOX

TRUTHS = np.array(
    [[[10, 10, 30, 30], [50, 50, 90, 90], [0, 60, 40, 100], [0, 0, 0, 0]]], np.float32
)
CLASS_IDS = np.array([[2, 0, IGNORED, NO_BOX]], np.int32)


def sample(proposals, live=None, count=16):
    boxes = np.array([proposals], np.float32)
    live = np.ones(boxes.shape[:2], bool) if live is None else np.array([live])
    rois = RoiSampler(count, seed=1)(boxes, live, TRUTHS, CLASS_IDS)
    return [convert_to_numpy(part)[0] for part in rois]


def kind_of(rois, box):
    boxes, kinds, _ = rois
    there = (boxes == np.array(box, np.float32)).all(axis=1) & (kinds != NOTHING)
    return {int(kind) for kind in kinds[there]}


def test_objects_background_and_what_is_neither():
    near, far, unknown, dead = [12, 10, 32, 30], [60, 0, 90, 20], [2, 62, 38, 98], [70, 0, 99, 20]
    rois = sample(
        [near, far, unknown, dead, *[[1, 1, 4, 4]] * 12], [True] * 3 + [False] + [True] * 12
    )
    assert kind_of(rois, near) == {3}  # class 2: IoU 18 / 22
    assert kind_of(rois, far) == {BACKGROUND}
    assert kind_of(rois, unknown) == set()
    assert kind_of(rois, dead) == set()


def test_the_objects_themselves_are_proposals():
    rois = sample([[1, 1, 4, 4]] * 16)
    assert kind_of(rois, TRUTHS[0, 0]) == {3}
    assert kind_of(rois, TRUTHS[0, 1]) == {1}
    assert kind_of(rois, TRUTHS[0, 2]) == set()
    _, kinds, truths = rois
    np.testing.assert_array_equal(truths[kinds == 3], TRUTHS[0, :1])


def test_a_quarter_objects_at_most():
    rois = sample([[10, 10, 30, 30 + n / 10] for n in range(12)], count=8)
    assert (rois[1] > 0).sum() == 2
    assert len(rois[1]) == 8


@pytest.mark.parametrize(
    ("box", "live", "kind", "truth"),
    [
        pytest.param([12, 10, 32, 30], True, 3, 0, id="IoU 18 / 22 with an object of class 2"),
        pytest.param([50, 50, 70, 90], True, 1, 1, id="IoU 1 / 2 with one of class 0"),
        pytest.param([50, 50, 69, 90], True, BACKGROUND, 1, id="IoU 19 / 40"),
        pytest.param([60, 0, 90, 20], True, BACKGROUND, None, id="nothing there"),
        pytest.param([2, 62, 38, 98], True, NOTHING, None, id="nobody knows"),
        pytest.param([12, 10, 32, 30], False, NOTHING, 0, id="not drawn"),
    ],
)
def test_what_a_box_is_of(box, live, kind, truth):
    boxes = np.array([[box]], np.float32)
    rois = judge(*map(convert_to_tensor, (boxes, [[live]], TRUTHS, CLASS_IDS)))
    np.testing.assert_array_equal(convert_to_numpy(rois.boxes), boxes)
    assert convert_to_numpy(rois.kinds).tolist() == [[kind]]
    if truth is not None:
        np.testing.assert_array_equal(convert_to_numpy(rois.truths)[0, 0], TRUTHS[0, truth])
