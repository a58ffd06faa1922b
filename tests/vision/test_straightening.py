from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from vision.plate_corners import find_corners
from vision.straightening import MAX_SIDE, straighten

WIDTH, HEIGHT = 200, 100


def plate(band: bool = True) -> npt.NDArray[np.uint8]:
    """A white plate with a blue band on its left and two rows of dark letters."""
    pixels: npt.NDArray = np.full((HEIGHT, WIDTH, 3), 235, np.uint8)
    if band:
        pixels[:, :24] = (200, 60, 20)
    for row, text in enumerate(("54-V7", "8344")):
        place = (34, 45 + 42 * row)
        cv2.putText(pixels, text, place, cv2.FONT_HERSHEY_SIMPLEX, 1.4, (20, 20, 20), 4)
    return pixels


def photo(
    corners: npt.ArrayLike, background: int = 60, content: npt.NDArray | None = None
) -> npt.NDArray[np.uint8]:
    """A plate with its corners at four places of a noisy picture of 480 x 640."""
    generator = np.random.default_rng(7)
    ground = generator.normal(background, 12, (480, 640, 3)).clip(0, 255).astype(np.uint8)
    blurred = cv2.GaussianBlur(ground, (0, 0), 2)
    source = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32) - 0.5
    transform = cv2.getPerspectiveTransform(source, np.array(corners, np.float32) - 0.5)
    drawn = cv2.warpPerspective(plate() if content is None else content, transform, (640, 480))
    mask = cv2.warpPerspective(np.ones((HEIGHT, WIDTH), np.float32), transform, (640, 480))
    return np.rint(blurred * (1 - mask[..., None]) + drawn * mask[..., None]).astype(np.uint8)


def box_around(corners: npt.ArrayLike, grow: float = 0.0) -> npt.NDArray[np.float32]:
    first, last = np.min(corners, axis=0), np.max(corners, axis=0)
    margin = grow * (last - first)
    return np.concatenate([first - margin, last + margin]).astype(np.float32)


def turned(degrees: float, width: float = 180, height: float = 100) -> npt.NDArray[np.float64]:
    angle = np.radians(degrees)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    upright = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2]
    return upright @ rotation.T + [320, 240]


CORNERS = {
    "upright": turned(0),
    "5 degrees": turned(5),
    "-12 degrees": turned(-12),
    "25 degrees": turned(25),
    "-35 degrees": turned(-35),
    "small, 10 degrees": turned(10, 60, 34),
    "long, 8 degrees": turned(8, 240, 56),
    "tall, -15 degrees": turned(-15, 90, 110),
    "seen from the left": [(200, 180), (380, 205), (380, 290), (200, 300)],
    "seen from the right and above": [(210, 200), (390, 170), (380, 280), (215, 290)],
    "slanted": [(200, 180), (360, 220), (360, 310), (200, 270)],
}


@pytest.mark.parametrize("name", CORNERS)
@pytest.mark.parametrize("grow", [0.0, 0.04, -0.03])
def test_the_corners_of_a_drawn_plate_are_found(name: str, grow: float) -> None:
    corners = np.array(CORNERS[name])
    found = find_corners(photo(corners), box_around(corners, grow))
    assert found is not None
    longest = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).max()
    errors = np.linalg.norm(found - corners, axis=1)
    assert errors.max() < max(3.0, 0.03 * longest), errors


def test_a_dark_plate_on_a_bright_car_is_found() -> None:
    corners = turned(-10)
    black = 255 - plate(band=False)
    found = find_corners(photo(corners, background=190, content=black), box_around(corners))
    assert found is not None
    assert np.linalg.norm(found - corners, axis=1).max() < 0.03 * 180


def test_the_straightened_plate_reads_like_the_plate() -> None:
    corners = turned(-20, 190, 96)
    straight = straighten(photo(corners), box_around(corners))
    assert straight.straightened
    assert straight.corners.dtype == np.float32
    np.testing.assert_allclose(straight.pixels.shape[:2], (96, 190), atol=5)
    seen = cv2.resize(straight.pixels, (WIDTH, HEIGHT)).astype(np.float64)
    # The letters, where they are in the plate; the upright crop of the same box does not have them.
    inside = (slice(5, -5), slice(28, -5))
    likeness = np.corrcoef(seen[inside].ravel(), plate()[inside].ravel())[0, 1]
    x_min, y_min, x_max, y_max = box_around(corners).astype(int)
    crop = cv2.resize(photo(corners)[y_min:y_max, x_min:x_max], (WIDTH, HEIGHT))
    unlikeness = np.corrcoef(crop[inside].ravel(), plate()[inside].ravel())[0, 1]
    assert likeness > 0.85
    assert unlikeness < 0.5


def grey() -> npt.NDArray[np.uint8]:
    return np.full((480, 640, 3), 128, np.uint8)


def noise() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)


def one_edge() -> npt.NDArray[np.uint8]:
    pixels = grey()
    pixels[:, 320:] = 250
    return pixels


def slope() -> npt.NDArray[np.uint8]:
    columns = np.linspace(0, 255, 640, dtype=np.uint8)
    return np.repeat(np.tile(columns, (480, 1))[..., None], 3, axis=2)


@pytest.mark.parametrize("picture", [grey, noise, one_edge, slope])
def test_where_there_is_no_plate_the_box_is_cut_out_as_it_is(picture) -> None:
    image = picture()
    straight = straighten(image, np.array([200, 150, 440, 270], np.float32))
    assert not straight.straightened
    assert straight.corners.tolist() == [[200, 150], [440, 150], [440, 270], [200, 270]]
    np.testing.assert_array_equal(straight.pixels, image[150:270, 200:440])


@pytest.mark.parametrize(
    "box", [(0, 0, 3, 3), (637, 477, 640, 480), (0.2, 0.2, 0.9, 0.6), (0, 100, 640, 102)]
)
def test_boxes_with_hardly_a_pixel_are_cut_out(box: tuple[float, ...]) -> None:
    straight = straighten(noise(), np.array(box, np.float32))
    assert not straight.straightened
    assert min(straight.pixels.shape[:2]) >= 1


def test_of_a_plate_that_the_picture_cuts_off_all_that_is_there_is_cut_out() -> None:
    corners = turned(0) - [235, 0]  # its left edge is 5 pixels beyond the picture
    image = photo(corners, content=plate(band=False))
    straight = straighten(image, np.array([0, 190, 175, 290], np.float32))
    np.testing.assert_allclose(straight.pixels.shape[:2], (100, 175), atol=6)


def test_a_box_like_a_thread_is_cut_out() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 4000, 3), dtype=np.uint8)
    straight = straighten(image, np.array([0, 10, 4000, 22], np.float32))
    assert not straight.straightened
    assert straight.pixels.shape[:2] == (2, MAX_SIDE)


def test_large_plates_are_scaled_down() -> None:
    image = np.full((1000, 2000, 3), 40, np.uint8)
    image[100:900, 200:1800] = 230
    straight = straighten(image, np.array([200, 100, 1800, 900], np.float32))
    assert straight.straightened
    assert straight.pixels.shape[1] == MAX_SIDE
    assert straight.pixels.shape[0] == pytest.approx(MAX_SIDE / 2, abs=6)
