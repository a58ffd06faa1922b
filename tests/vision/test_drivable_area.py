from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from vision.drivable_area import Area, areas_of


def filled(areas: list[Area], shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(shape, np.uint8)
    for area in areas:
        cv2.fillPoly(mask, [area.outline], [1])
        for hole in area.holes:
            cv2.fillPoly(mask, [hole], [0])
    return mask > 0


def test_areas_of_several_classes_are_one_and_the_largest_is_first() -> None:
    class_map = np.zeros((100, 200), np.uint8)
    class_map[60:, 20:100] = 3
    class_map[60:, 100:120] = 7  # adjoins it, and may be driven on too
    class_map[10:30, 150:190] = 3
    class_map[:, :10] = 5
    large, small = areas_of(class_map, [3, 7])
    assert large.share == 40 * 100 / 20_000
    assert small.share == 20 * 40 / 20_000
    corners = {tuple(point) for point in large.outline.tolist()}
    assert corners == {(20, 60), (119, 60), (119, 99), (20, 99)}
    assert {tuple(point) for point in small.outline.tolist()} == {
        (150, 10),
        (189, 10),
        (189, 29),
        (150, 29),
    }
    assert (large.holes, small.holes) == ((), ())


def test_a_car_on_the_road_is_a_hole_and_a_road_behind_it_is_an_area() -> None:
    class_map = np.full((200, 300), 3, np.uint8)
    class_map[50:150, 50:200] = 8
    class_map[80:120, 80:140] = 3  # seen through the car
    outer, inner = areas_of(class_map, [3])
    (hole,) = outer.holes
    assert cv2.contourArea(hole) == pytest.approx(100 * 150, rel=0.05)
    assert inner.holes == ()
    assert outer.share + inner.share == pytest.approx((class_map == 3).mean())
    expected = class_map == 3
    found = filled([outer], expected.shape) | filled([inner], expected.shape)
    assert (found & expected).sum() / (found | expected).sum() > 0.97


def test_simplified_outlines_cover_the_area_with_few_corners() -> None:
    class_map = np.zeros((720, 1280), np.uint8)
    cv2.ellipse(class_map, (640, 720), (600, 400), 0, 0, 360, [3], -1)
    (area,) = areas_of(class_map, [3])
    assert 5 < len(area.outline) < 60
    expected = class_map == 3
    found = filled([area], expected.shape)
    assert (found & expected).sum() / (found | expected).sum() > 0.985
    # No corner lies further than a few pixels from the edge.
    edge = cv2.distanceTransform((~(expected ^ found)).astype(np.uint8), cv2.DIST_L2, 5)
    assert edge.max() > 0
    inside = cv2.distanceTransform((expected & ~found).astype(np.uint8), cv2.DIST_L2, 5)
    assert inside.max() < 4


def test_specks_and_lines_are_no_areas() -> None:
    class_map = np.zeros((500, 500), np.uint8)
    class_map[10:20, 10:20] = 3  # 100 of 250,000 pixels
    class_map[200] = 3  # 500 pixels, but nothing can drive there
    assert areas_of(class_map, [3]) == []
    class_map[300:320, 300:320] = 3
    assert len(areas_of(class_map, [3])) == 1


@pytest.mark.parametrize("class_ids", [[], [4]])
def test_nothing_that_may_be_driven_on(class_ids: list[int]) -> None:
    assert areas_of(np.full((50, 50), 3, np.uint8), class_ids) == []


def test_a_picture_that_is_all_road() -> None:
    (area,) = areas_of(np.zeros((40, 60), np.uint8), [0])
    assert area.share == 1.0
    assert sorted(area.outline.tolist()) == [[0, 0], [0, 39], [59, 0], [59, 39]]
