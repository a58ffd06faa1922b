from __future__ import annotations

import io

import cv2
import numpy as np
import PIL.Image
import pytest

from vision.class_map import IGNORED, pixel_counts, to_png


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (360, 480)])
def test_every_reader_gets_the_ids_out_of_the_png(size: tuple[int, int]) -> None:
    class_map = np.random.default_rng(1).integers(0, 256, size).astype(np.uint8)
    png = to_png(class_map)
    by_opencv = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(by_opencv, class_map)
    by_pillow = PIL.Image.open(io.BytesIO(png))
    assert by_pillow.mode == "L"
    np.testing.assert_array_equal(np.asarray(by_pillow), class_map)


def test_large_areas_take_few_bytes() -> None:
    class_map = np.zeros((720, 1280), np.uint8)
    cv2.fillPoly(class_map, [np.array([[500, 300], [700, 300], [1279, 719], [0, 719]])], [3])
    assert len(to_png(class_map)) < 0.01 * class_map.size


def test_pixels_are_counted_by_value() -> None:
    class_map = np.array([[0, 3, 3], [IGNORED, 3, 10]], np.uint8)
    expected = np.bincount(class_map.ravel(), minlength=256)
    counts = pixel_counts(class_map)
    np.testing.assert_array_equal(counts, expected)
    assert counts.dtype == np.int64
