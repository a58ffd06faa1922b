from __future__ import annotations

import numpy as np
import pytest

from vision.preprocessing import Crop
from vision.visual_back_prop import heat_map, overlay, relevance


def deconvolve_with_ones(
    small: np.ndarray, height: int, width: int, stride: int, window: int
) -> np.ndarray:
    """The definition, value by value."""
    out = np.zeros((height, width), dtype=np.float64)
    for y in range(small.shape[0]):
        for x in range(small.shape[1]):
            top, left = y * stride, x * stride
            out[top : top + window, left : left + window] += small[y, x]
    return out


def test_against_the_definition() -> None:
    random = np.random.default_rng(3)
    # Input 13 x 17, a 5 x 5 convolution of stride 2, then a 3 x 3 one of stride 1.
    first = random.random((5, 7), dtype=np.float32)
    second = random.random((3, 5), dtype=np.float32)
    expected = deconvolve_with_ones(deconvolve_with_ones(second, 5, 7, 1, 3) * first, 13, 17, 2, 5)
    result = relevance([first, second], 13, 17)
    np.testing.assert_allclose(result, expected / expected.max(), rtol=1e-5)


def test_nothing_seen_is_zero_and_not_nan() -> None:
    result = relevance([np.zeros((5, 7), dtype=np.float32)], 13, 17)
    np.testing.assert_array_equal(result, np.zeros((13, 17)))


def test_maps_that_grow_are_refused() -> None:
    maps = [np.ones((3, 3), dtype=np.float32), np.ones((5, 5), dtype=np.float32)]
    with pytest.raises(ValueError, match="5 x 5 map cannot be scaled up to 3 x 3"):
        relevance(maps, 9, 9)
    with pytest.raises(ValueError, match="at least one"):
        relevance([], 9, 9)


def test_the_heat_map_lies_where_the_input_was_cut_from() -> None:
    hot = np.zeros((66, 200), dtype=np.float32)
    hot[30:36, 97:103] = 1.0
    picture = heat_map(hot, Crop(60 / 160, 25 / 160), 160, 320)
    assert picture.shape == (160, 320)
    rows, columns = np.nonzero(picture > 128)
    assert rows.mean() == pytest.approx(60 + 75 / 2 - 0.5, abs=0.6)
    assert columns.mean() == pytest.approx(159.5, abs=0.6)
    assert not picture[:60].any()
    assert not picture[135:].any()


def test_the_overlay_leaves_cold_places_as_they_are() -> None:
    image = np.random.default_rng(0).integers(0, 255, (4, 6, 3), dtype=np.uint8)
    heat = np.zeros((4, 6), dtype=np.uint8)
    heat[1, 2] = 255
    result = overlay(image, heat)
    changed = (result != image).any(axis=2)
    assert changed[1, 2]
    assert changed.sum() == 1
