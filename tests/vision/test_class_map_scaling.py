from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from vision.class_map_scaling import class_map_in_picture, confidence_in_picture
from vision.segmenter_input import Region

LABELS = 5


def drawn_map(height: int, width: int) -> npt.NDArray[np.uint8]:
    """Areas of a few classes, down to single pixels."""
    rng = np.random.default_rng(height * width)
    coarse = rng.integers(0, LABELS, (height // 6 + 1, width // 6 + 1), dtype=np.uint8)
    class_map = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)
    class_map[rng.random((height, width)) < 0.05] = 2
    return np.asarray(class_map, np.uint8)


def by_scores(
    class_map: npt.NDArray, confidence: npt.NDArray, size: tuple[int, int]
) -> tuple[npt.NDArray, npt.NDArray]:
    """The arg-max of each class's scores, scaled by OpenCV, and by how much it leads."""
    scores = np.stack(
        [cv2.resize(np.where(class_map == label, confidence, 0), size) for label in range(LABELS)]
    )
    ordered = np.sort(scores, axis=0)
    return scores.argmax(axis=0), ordered[-1] - ordered[-2]


@pytest.mark.parametrize(
    "size", [(48, 36), (96, 72), (97, 71), (150, 60), (40, 90), (30, 20), (7, 300), (1, 1)]
)
def test_it_is_the_arg_max_of_the_scaled_scores(size: tuple[int, int]) -> None:
    class_map = drawn_map(40, 50)
    confidence = np.random.default_rng(0).uniform(0.3, 1, (40, 50)).astype(np.float32)
    region = Region(1, 2, 48, 36)
    cut = np.s_[2:38, 1:49]
    scaled = class_map_in_picture(class_map, confidence, region, *size)
    assert scaled.dtype == np.uint8
    assert scaled.shape == (size[1], size[0])
    expected, lead = by_scores(class_map[cut], confidence[cut], size)
    clear = lead > 1e-3
    assert clear.mean() > 0.98
    np.testing.assert_array_equal(scaled[clear], expected[clear])


def test_a_picture_of_the_regions_size_keeps_every_pixel() -> None:
    class_map = drawn_map(384, 480)
    scaled = class_map_in_picture(
        class_map, np.ones((384, 480), np.float32), Region(0, 12, 480, 360), 480, 360
    )
    np.testing.assert_array_equal(scaled, class_map[12:372])
    assert scaled.flags.c_contiguous


def test_edges_stay_where_they_are() -> None:
    """Pixel centres on pixel centres: no shift by half a pixel, at whole and at broken scales."""
    class_map = np.zeros((40, 40), np.uint8)
    class_map[:, 20:] = 1
    sure = np.ones((40, 40), np.float32)
    for width in (20, 60, 80, 100, 120, 400):
        scaled = class_map_in_picture(class_map, sure, Region(0, 0, 40, 40), width, 40)
        assert int((scaled[0] == 0).sum()) == width // 2


def test_the_surer_class_wins_more_of_what_lies_between() -> None:
    class_map = np.array([[0, 1]], np.uint8)
    confidence = np.array([[0.9, 0.3]], np.float32)
    scaled = class_map_in_picture(class_map, confidence, Region(0, 0, 2, 1), 200, 1)
    # Centres are at 50 and 150; at 50 + 75 the weights are 0.25 x 0.9 and 0.75 x 0.3.
    assert int((scaled == 0).sum()) == pytest.approx(125, abs=1)


def test_where_two_corners_agree_they_outvote_a_surer_one() -> None:
    class_map = np.array([[4, 4], [4, 1]], np.uint8)
    confidence = np.array([[0.4, 0.4], [0.4, 0.9]], np.float32)
    scaled = class_map_in_picture(class_map, confidence, Region(0, 0, 2, 2), 3, 3)
    # The one in the middle: 3 x 0.25 x 0.4 against 0.25 x 0.9.
    np.testing.assert_array_equal(scaled, [[4, 4, 4], [4, 4, 1], [4, 1, 1]])


def test_confidence_is_interpolated() -> None:
    confidence = np.zeros((6, 8), np.float32)
    confidence[1:5, 2:6] = np.linspace(0.2, 0.8, 4, dtype=np.float32)
    same = confidence_in_picture(confidence, Region(2, 1, 4, 4), 4, 4)
    np.testing.assert_allclose(same[0], [0.2, 0.4, 0.6, 0.8], atol=1e-6)
    wide = confidence_in_picture(confidence, Region(2, 1, 4, 4), 8, 4)
    np.testing.assert_allclose(wide[0, 1:7], np.linspace(0.25, 0.75, 6), atol=1e-6)
