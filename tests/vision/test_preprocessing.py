from __future__ import annotations

import cv2
import numpy as np
import pytest

from vision.preprocessing import Crop, crop_and_resize


@pytest.mark.parametrize(
    ("crop", "height", "rows"),
    [
        (Crop(), 160, (0, 160)),
        (Crop(60 / 160, 25 / 160), 160, (60, 135)),
        (Crop(60 / 160, 25 / 160), 320, (120, 270)),
        (Crop(60 / 160, 25 / 160), 16, (6, 14)),
        (Crop(0.9, 0.05), 1, (0, 1)),
        (Crop(0.5, 0.49), 4, (2, 3)),
    ],
)
def test_rows_kept(crop: Crop, height: int, rows: tuple[int, int]) -> None:
    assert crop.rows(height) == rows


@pytest.mark.parametrize("shares", [(-0.1, 0.0), (0.5, 0.5), (1.0, 0.0), (0.0, float("nan"))])
def test_a_crop_that_leaves_nothing_is_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"top \+ bottom < 1"):
        Crop(*shares)


def test_against_opencv() -> None:
    image = np.random.default_rng(0).integers(0, 255, (160, 320, 3), dtype=np.uint8)
    expected = cv2.resize(image[60:135], (200, 66), interpolation=cv2.INTER_LINEAR)
    result = crop_and_resize(image, Crop(60 / 160, 25 / 160), 200, 66)
    np.testing.assert_array_equal(result, expected)
    assert result.flags["C_CONTIGUOUS"]


def test_the_same_view_from_a_larger_camera() -> None:
    image = np.zeros((160, 320, 3), dtype=np.uint8)
    image[60:135, 160:] = 200
    large = np.repeat(np.repeat(image, 2, axis=0), 2, axis=1)
    crop = Crop(60 / 160, 25 / 160)
    small_view = crop_and_resize(image, crop, 200, 66).astype(int)
    large_view = crop_and_resize(large, crop, 200, 66).astype(int)
    assert np.abs(small_view - large_view)[:, [*range(98), *range(102, 200)]].max() <= 1


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((160, 320), dtype=np.uint8),
        np.zeros((160, 320, 4), dtype=np.uint8),
        np.zeros((160, 320, 3), dtype=np.float32),
    ],
)
def test_what_is_no_image_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected a uint8 image"):
        crop_and_resize(image, Crop(), 200, 66)
