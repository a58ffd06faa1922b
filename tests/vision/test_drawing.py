from __future__ import annotations

import cv2
import numpy as np
import pytest

from vision.drawing import COLOURS, draw_boxes


def drawn_area(before: np.ndarray, after: np.ndarray) -> tuple[int, int, int, int]:
    """x_min, y_min, x_max, y_max of all pixels that differ."""
    rows, columns = np.nonzero((before != after).any(axis=2))
    return columns.min(), rows.min(), columns.max(), rows.max()


def test_a_box_is_drawn_on_its_pixels_and_the_picture_stays() -> None:
    image = np.zeros((300, 400, 3), np.uint8)
    drawn = draw_boxes(image, np.array([[50, 60, 200, 160]], np.float32), [""])
    assert not image.any()
    assert drawn_area(image, drawn) == (50, 60, 200, 160)
    assert tuple(drawn[60, 120]) == COLOURS[0]
    assert not drawn[100, 100].any()


def test_each_box_has_its_colour() -> None:
    image = np.zeros((300, 400, 3), np.uint8)
    boxes = np.array([[10, 10, 60, 60], [100, 100, 160, 160]], np.float32)
    drawn = draw_boxes(image, boxes, ["", ""], [(255, 0, 0), (0, 0, 255)])
    assert tuple(drawn[10, 30]) == (255, 0, 0)
    assert tuple(drawn[100, 130]) == (0, 0, 255)


@pytest.mark.parametrize("size", [(200, 300), (720, 1280), (2160, 3840)])
@pytest.mark.parametrize(
    "place", [(0.1, 0.5), (0.0, 0.0), (0.9, 0.0), (0.9, 0.9), (0.5, 0.01), (0.0, 0.99)]
)
def test_the_caption_is_a_whole_bar_inside_the_picture(
    size: tuple[int, int], place: tuple[float, float]
) -> None:
    height, width = size
    x, y = place[0] * width, place[1] * height
    image = np.full((height, width, 3), 30, np.uint8)
    box = np.array([[x, y, min(x + 0.2 * width, width), min(y + 0.2 * height, height)]], np.float32)
    without = draw_boxes(image, box, [""])
    drawn = draw_boxes(image, box, ["plate 97 %"])
    left, top, right, bottom = drawn_area(without, drawn)
    # As large wherever it stands: nothing of it was cut off. A side may lie on the box's line.
    line = max(1, round(min(size) / 300))
    middle = np.array([[0.4 * width, 0.5 * height, 0.6 * width, 0.7 * height]], np.float32)
    x0, y0, x1, y1 = drawn_area(
        draw_boxes(image, middle, [""]), draw_boxes(image, middle, ["plate 97 %"])
    )
    assert right - left == pytest.approx(x1 - x0, abs=2 * line)
    assert bottom - top == pytest.approx(y1 - y0, abs=2 * line)


def test_lines_and_letters_grow_with_the_picture() -> None:
    heights, lines = [], []
    for factor in (1, 2, 4):
        image = np.zeros((720 * factor, 1280 * factor, 3), np.uint8)
        box = np.array([[400, 400, 600, 500]], np.float32) * factor
        drawn = draw_boxes(image, box, ["plate"])
        column = drawn[: 450 * factor, 500 * factor].any(axis=1)
        lines.append(int(column[395 * factor :].sum()))
        _, top, _, _ = drawn_area(image, drawn)
        heights.append(400 * factor - top)
    assert lines[0] < lines[1] < lines[2]
    assert heights[1] == pytest.approx(2 * heights[0], rel=0.2)
    assert heights[2] == pytest.approx(4 * heights[0], rel=0.2)


def test_captions_do_not_cover_each_other() -> None:
    image = np.zeros((300, 400, 3), np.uint8)
    colours = list(COLOURS[:5])
    # All round one place, the first above, the next inside, the third below; two find none.
    boxes = np.array([[100, 100, 200, 150]] * 5, np.float32)
    drawn = draw_boxes(image, boxes, ["plate 97 %"] * 5, colours)
    first, second, third = ((drawn == colour).all(axis=2) for colour in colours[:3])
    # Each of them is whole: as much is seen of one as of another; the first has the lines too.
    above = first[:100].sum()
    assert (second.sum(), third.sum()) == pytest.approx((above, above), rel=0.1)
    assert np.nonzero(first)[0].min() < 100
    assert np.nonzero(second)[0].min() == 100
    assert np.nonzero(third)[0].min() == 151
    for colour in colours[3:]:
        assert not (drawn == colour).all(axis=2).any()


def test_no_boxes() -> None:
    image = np.full((50, 50, 3), 7, np.uint8)
    drawn = draw_boxes(image, np.zeros((0, 4), np.float32), [])
    np.testing.assert_array_equal(drawn, image)
    assert drawn is not image


def test_boxes_beyond_the_picture_are_drawn_at_its_edge() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    drawn = draw_boxes(image, np.array([[-50, 20, 400, 80]], np.float32), [""])
    assert drawn[50, 0].any()
    assert drawn[50, 99].any()


@pytest.mark.parametrize(("captions", "colours"), [([], None), (["a", "b"], None), (["a"], [])])
def test_counts_that_differ_are_refused(captions: list[str], colours: list | None) -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    with pytest.raises(ValueError, match="for 1 boxes"):
        draw_boxes(image, np.array([[1, 1, 9, 9]], np.float32), captions, colours)


def test_colours_are_told_apart_and_carry_dark_letters() -> None:
    # As many as the classes that the shipped model tells apart, at least.
    assert len(COLOURS) >= 7
    colours = np.array([COLOURS], np.float32) / 255
    lab = cv2.cvtColor(colours, cv2.COLOR_BGR2LAB)[0]
    distances = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    # CIE76: above 10 two colours beside each other are seen to be different.
    assert distances[~np.eye(len(COLOURS), dtype=bool)].min() > 40
    # WCAG 2: relative luminance, and its contrast to black; 4.5 is asked of text.
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    luminance = linear[0] @ np.array([0.0722, 0.7152, 0.2126])
    assert ((luminance + 0.05) / 0.05).min() > 4.5
