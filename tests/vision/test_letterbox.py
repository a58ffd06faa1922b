from __future__ import annotations

import cv2
import numpy as np
import pytest

from vision.preprocessing import PAD_VALUE, Placement, letterbox

SIZES = [(416, 416), (303, 472), (1080, 1920), (1920, 1080), (16, 4000), (4000, 16), (100, 100)]


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_fills_the_input_and_lies_in_its_middle(size: tuple[int, int]) -> None:
    image = np.zeros((*size, 3), np.uint8)
    pixels, placement = letterbox(image, 416, 416)
    assert pixels.shape == (416, 416, 3)
    rows, columns = np.nonzero((pixels == 0).all(axis=2))
    bars = placement.top, 415 - rows.max(), placement.left, 415 - columns.max()
    assert (rows.min(), columns.min()) == (placement.top, placement.left)
    assert min(bars) == 0
    assert abs(bars[0] - bars[1]) <= 1
    assert abs(bars[2] - bars[3]) <= 1
    inner = np.ptp(rows) + 1, np.ptp(columns) + 1
    for found, side in zip(inner, size, strict=True):
        assert found == max(1, round(side * placement.scale))
    outside = np.ones((416, 416), bool)
    outside[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = False
    assert (pixels[outside] == PAD_VALUE).all()


def test_the_pixels_are_those_of_opencv() -> None:
    image = np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    pixels, placement = letterbox(image, 416, 416)
    assert placement == Placement(0.52, 0, 52)
    expected = cv2.resize(image, (416, 312), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(pixels[52:364], expected)


def test_a_picture_of_the_inputs_size_is_not_changed() -> None:
    image = np.random.default_rng(0).integers(0, 256, (416, 416, 3), dtype=np.uint8)
    pixels, placement = letterbox(image, 416, 416)
    np.testing.assert_array_equal(pixels, image)
    assert placement == Placement(1.0, 0, 0)


@pytest.mark.parametrize("size", SIZES)
def test_boxes_go_there_and_back(size: tuple[int, int]) -> None:
    height, width = size
    generator = np.random.default_rng(1)
    corners = generator.random((20, 2, 2)) * [width, height]
    boxes = np.sort(corners, axis=1).reshape(20, 4).astype(np.float32)
    _, placement = letterbox(np.zeros((height, width, 3), np.uint8), 416, 416)
    back = placement.to_picture(placement.to_input(boxes), width, height)
    np.testing.assert_allclose(back, boxes, atol=max(size) * 1e-4)


def test_a_box_covers_in_the_input_what_it_covers_in_the_picture() -> None:
    image = np.zeros((303, 472, 3), np.uint8)
    image[100:150, 200:300] = 255
    pixels, placement = letterbox(image, 416, 416)
    box = placement.to_input(np.array([[200, 100, 300, 150]], np.float32))[0]
    rows, columns = np.nonzero(pixels[:, :, 0] > 180)
    np.testing.assert_allclose(
        box, [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], atol=1
    )


def test_boxes_beyond_the_picture_are_clipped_to_it() -> None:
    _, placement = letterbox(np.zeros((200, 400, 3), np.uint8), 416, 416)
    outside = np.array([[-50, 0, 500, 416], [0, 0, 416, 50]], np.float32)
    np.testing.assert_array_equal(
        placement.to_picture(outside, 400, 200), [[0, 0, 400, 200], [0, 0, 400, 0]]
    )


@pytest.mark.parametrize(
    "image", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3))]
)
def test_what_is_no_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected a uint8 image"):
        letterbox(image, 416, 416)
