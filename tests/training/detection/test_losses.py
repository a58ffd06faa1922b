"""The four losses on numbers that one can work out."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from training.detection import losses  # noqa: E402
from training.detection.roi_sampling import BACKGROUND  # noqa: E402

YES, NO = np.array([True]), np.array([False])


def as_float(value):
    return float(keras.ops.convert_to_numpy(value))


def test_objectness_is_cross_entropy_over_what_was_drawn():
    logits = keras.ops.convert_to_tensor([[2.0, -1.0, 0.5, 9.0]], "float32")
    kinds = np.array([[1, 0, 0, -1]], np.int32)
    reference = keras.losses.BinaryCrossentropy(from_logits=True)
    expected = as_float(reference(np.array([[1.0, 0, 0]]), logits[:, :3]))
    assert as_float(losses.objectness_loss(logits, kinds, YES)) == pytest.approx(expected, 1e-5)


def test_background_that_looks_like_an_object_is_left_out_where_a_class_is_not_labelled():
    logits = keras.ops.convert_to_tensor([[2.0, 3.0, -1.0]], "float32")
    kinds = np.array([[1, 0, 0]], np.int32)
    complete = as_float(losses.objectness_loss(logits, kinds, YES))
    incomplete = as_float(losses.objectness_loss(logits, kinds, NO))
    # log(1 + e^-2), log(1 + e^3), log(1 + e^-1)
    assert complete == pytest.approx((0.126928 + 3.048587 + 0.313262) / 3, 1e-4)
    assert incomplete == pytest.approx((0.126928 + 0.313262) / 2, 1e-4)


@pytest.mark.parametrize(
    ("difference", "beta", "expected"),
    [
        (0, 1, 0),
        (0.5, 1, 0.125),
        (1, 1, 0.5),
        (-3, 1, 2.5),
        (0.05, 1 / 9, 0.01125),
        (1, 1 / 9, 17 / 18),
    ],
)
def test_smooth_l1(difference, beta, expected):
    value = losses.smooth_l1(np.array(difference, np.float32), beta)
    assert as_float(value) == pytest.approx(expected, 1e-5)


def test_boxes_count_where_there_is_an_object_and_are_divided_by_all():
    offsets = np.array([[[1, 0, 0, 0], [7, 7, 7, 7], [5, 5, 5, 5]]], np.float32)
    wanted = np.zeros_like(offsets)
    kinds = np.array([[1, 0, -1]], np.int32)
    # 17 / 18 of the one object, by two that were drawn.
    value = losses.proposal_box_loss(offsets, wanted, kinds)
    assert as_float(value) == pytest.approx(17 / 36, 1e-5)


def test_the_offsets_of_the_object_s_own_class():
    offsets = np.zeros((1, 2, 3, 4), np.float32)
    offsets[0, 0, 0] = offsets[0, 0, 2] = 9
    offsets[0, 0, 1, 0] = 0.5
    offsets[0, 1] = 9
    kinds = np.array([[2, BACKGROUND]], np.int32)  # class 1, and background
    value = losses.head_box_loss(offsets, np.zeros((1, 2, 4), np.float32), kinds)
    # Half an offset in the linear part, 1 / 18 less than its size, by two that were drawn.
    assert as_float(value) == pytest.approx((1 / 2 - 1 / 18) / 2, 1e-5)


def test_classes_are_cross_entropy_over_what_was_drawn():
    scores = np.array([[[1.0, 2.0, 0.0], [0.5, 0.0, 3.0], [9, 9, 9]]], np.float32)
    kinds = np.array([[1, 0, -1]], np.int32)
    reference = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    expected = as_float(reference(np.array([1, 0]), scores[0, :2]))
    labelled = np.array([[True, True]])
    assert as_float(losses.class_loss(scores, kinds, labelled)) == pytest.approx(expected, 1e-5)


def test_a_class_without_labels_takes_no_part():
    scores = np.array([[[1.0, 0.0, 8.0]]], np.float32)
    background = np.array([[0]], np.int32)
    masked = as_float(losses.class_loss(scores, background, np.array([[True, False]])))
    assert masked == pytest.approx(np.log(1 + np.exp(-1)), 1e-5)
    less = scores.copy()
    less[..., 2] = -8
    assert as_float(losses.class_loss(less, background, np.array([[True, False]]))) == masked


def test_an_object_of_a_class_that_the_rest_of_its_mosaic_does_not_label():
    """It takes part in its own proposal's loss, which stays an ordinary number."""
    scores = np.array([[[1.0, 0.0, 2.0], [1.0, 0.0, 2.0]]], np.float32)
    kinds = np.array([[2, 0]], np.int32)
    own = np.log(np.exp([1.0, 0.0, 2.0]).sum()) - 2.0
    background = np.log(1 + np.exp(-1))
    found = as_float(losses.class_loss(scores, kinds, np.array([[True, False]])))
    assert found == pytest.approx((own + background) / 2, 1e-5)
