from __future__ import annotations

import numpy as np
import pytest

from vision.class_map import IGNORED
from vision.class_map_drawing import colour_map, draw_outlines, legend, overlay

RED, LILAC = (255, 0, 0), (128, 64, 128)
PALETTE = (RED, LILAC)
CLASS_MAP = np.array([[0, 1, IGNORED]], np.uint8)


def test_colours_are_those_of_the_palette_in_opencvs_order() -> None:
    np.testing.assert_array_equal(
        colour_map(CLASS_MAP, PALETTE), [[(0, 0, 255), (128, 64, 128), (0, 0, 0)]]
    )


@pytest.mark.parametrize(
    ("opacity", "expected"),
    [
        (0.0, [(100, 100, 100), (100, 100, 100), (100, 100, 100)]),
        (0.5, [(50, 50, 178), (114, 82, 114), (100, 100, 100)]),
        (1.0, [(0, 0, 255), (128, 64, 128), (100, 100, 100)]),
    ],
)
def test_an_overlay_shows_the_picture_where_there_is_no_class(
    opacity: float, expected: list
) -> None:
    image = np.full((1, 3, 3), 100, np.uint8)
    drawn = overlay(image, CLASS_MAP, PALETTE, opacity)
    np.testing.assert_allclose(drawn.astype(int), [expected], atol=1)
    assert (image == 100).all()


def test_an_overlay_needs_a_class_map_of_the_pictures_size() -> None:
    with pytest.raises(ValueError, match=r"size \(2, 3\), got \(1, 3\)"):
        overlay(np.zeros((2, 3, 3), np.uint8), CLASS_MAP, PALETTE)


def test_a_legend_has_a_row_for_each_class_in_its_colour() -> None:
    drawn = legend(["road", "pavement"], PALETTE)
    height = len(drawn) // 2
    for row, (red, green, blue) in enumerate(PALETTE):
        rows = drawn[row * height : (row + 1) * height]
        assert tuple(rows[height // 2, 30]) == (blue, green, red)
        assert (rows[:, 60:] < 100).any()  # letters
    # The longer word is not cut off.
    assert (drawn[:, -3:] == 255).all()
    with pytest.raises(ValueError, match="shorter"):
        legend(["road", "pavement"], PALETTE[:1])


def test_outlines_are_seen_on_white_and_on_black() -> None:
    square = np.array([[20, 20], [80, 20], [80, 80], [20, 80]], np.int32)
    for ground in (0, 255):
        image = np.full((100, 100, 3), ground, np.uint8)
        drawn = draw_outlines(image, [square])
        assert drawn[20, 50].min() > 220
        assert (drawn[50, 70:90] < 60).any()
        assert (drawn[50, 50] == ground).all()
        assert (image == ground).all()
    np.testing.assert_array_equal(draw_outlines(image, []), image)
