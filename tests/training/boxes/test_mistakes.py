from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from training.boxes.dataset import BoxDataset, LabelledImage
from training.boxes.mistakes import MistakeKind, find_mistakes
from training.boxes.mistakes_sheet import (
    IGNORED_COLOUR,
    draw_tile,
    plot_mistakes,
    shorten,
    view_round,
)
from vision.drawing import COLOURS

TRUTH = (0, 100, 100, 140, 110)
LARGE = (0, 200, 200, 300, 240)
TWO_THIRDS = (0, 108, 100, 148, 110)
"""Overlaps TRUTH by 32 / 48."""
A_THIRD = (0, 120, 100, 160, 110)
"""Overlaps TRUTH by 20 / 60."""
ELSEWHERE = (0, 400, 300, 440, 310)


def words(dataset, detections, kind, score_threshold=0.25) -> list[tuple[int, str]]:
    mistakes = find_mistakes(dataset, detections, score_threshold)
    return [(mistake.row, mistake.words) for mistake in mistakes[kind]]


def test_missed_worst_first(make_dataset, make_detections) -> None:
    dataset = make_dataset([TRUTH], [TRUTH], [TRUTH], [TRUTH, LARGE], [TRUTH])
    detections = [
        make_detections([(0.9, *TRUTH)]),
        make_detections([(0.2, *TRUTH)]),
        make_detections([(0.8, *A_THIRD)]),
        make_detections([]),
        make_detections([(0.1, *TRUTH)]),
    ]
    assert words(dataset, detections, MistakeKind.MISSED) == [
        (3, "plate missed: nothing near"),
        (2, "plate missed: best overlap 0.33"),
        (3, "plate missed: nothing near"),
        (4, "plate missed: found only at score 0.10"),
        (1, "plate missed: found only at score 0.20"),
    ]
    worst = find_mistakes(dataset, detections, 0.25)[MistakeKind.MISSED][0]
    assert worst.box.tolist() == list(LARGE[1:])


def test_false_alarms_by_falling_score(make_dataset, make_detections) -> None:
    dataset = make_dataset([TRUTH], [TRUTH], labels=("plate", "sign"))
    detections = [
        make_detections([(0.9, *TRUTH), (0.5, *TWO_THIRDS), (0.1, *ELSEWHERE)]),
        make_detections([(0.8, 1, *TRUTH[1:]), (0.6, *A_THIRD), (0.3, *ELSEWHERE)]),
    ]
    assert words(dataset, detections, MistakeKind.FALSE_ALARM) == [
        (1, "sign 0.80: it is plate"),
        (1, "plate 0.60: overlap 0.33 with plate"),
        (0, "plate 0.50: plate was found already"),
        (1, "plate 0.30: nothing is there"),
    ]


def test_loose_boxes_by_rising_overlap(make_dataset, make_detections) -> None:
    dataset = make_dataset([TRUTH], [TRUTH], [TRUTH])
    wide = (0, 92, 100, 148, 110)
    detections = [
        make_detections([(0.9, *wide)]),
        make_detections([(0.8, *TWO_THIRDS)]),
        make_detections([(0.7, *TRUTH)]),
    ]
    assert words(dataset, detections, MistakeKind.LOOSE) == [
        (1, "score 0.80, overlap only 0.67"),
        (0, "score 0.90, overlap only 0.71"),
    ]


def test_what_is_not_counted_is_no_mistake(make_dataset, make_detections) -> None:
    region = (-1, 390, 290, 450, 320)
    dataset = replace(
        make_dataset([TRUTH, region], labels=("plate", "person")), unlabelled=frozenset({1})
    )
    detections = [
        make_detections(
            # In the region; of a class that is not labelled; at its edge; and a plain false alarm.
            [
                (0.9, *ELSEWHERE),
                (0.8, 1, *TRUTH[1:]),
                (0.7, 0, 440, 300, 480, 310),
                (0.6, *LARGE),
            ]
        )
    ]
    assert words(dataset, detections, MistakeKind.FALSE_ALARM) == [
        (0, "plate 0.70: nothing is there"),
        (0, "plate 0.60: nothing is there"),
    ]
    assert words(dataset, detections, MistakeKind.MISSED) == [(0, "plate missed: nothing near")]
    assert words(dataset, detections, MistakeKind.LOOSE) == []


def test_mistakes_are_as_many_as_precision_and_recall_say(random_scene) -> None:
    from training.boxes.scoring import score_detections

    dataset, detections = random_scene(3)
    scores = score_detections(dataset, detections, score_threshold=0.4)
    mistakes = find_mistakes(dataset, detections, 0.4)
    counted = sum(int((found.scores >= 0.4).sum()) for found in detections)
    assert 1 - len(mistakes[MistakeKind.MISSED]) / scores.truths == pytest.approx(scores.recall)
    alarms = len(mistakes[MistakeKind.FALSE_ALARM])
    assert 1 - alarms / counted == pytest.approx(scores.precision)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        # A small box: a third of the picture, about its middle.
        ((290, 235, 310, 245), (200, 165, 400, 315)),
        # At a corner: the same size, moved inside.
        ((0, 0, 20, 10), (0, 0, 200, 150)),
        # A large one: the whole picture.
        ((50, 50, 550, 430), (0, 0, 600, 480)),
    ],
)
def test_view_round(box, expected) -> None:
    assert view_round(np.array(box, np.float32), 600, 480) == expected


def test_a_tile_shows_truth_in_green_and_counted_detections_in_orange(
    tmp_path, make_detections
) -> None:
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), np.full((480, 600, 3), 90, np.uint8))
    truth = np.array([[290, 235, 310, 245]], np.float32)
    image = LabelledImage(path, 600, 480, truth, np.zeros(1, np.int64))
    found = make_detections([(0.9, 0, 330, 235, 350, 245), (0.1, 0, 250, 235, 270, 245)])
    tile = draw_tile(image, found, truth[0], score_threshold=0.25)
    assert tile.shape == (480, 640, 3)
    # The view begins at (200, 165) and is shown at 3.2 times its size.
    assert tuple(tile[240, 288]) == COLOURS[0]
    assert tuple(tile[240, 416]) == COLOURS[1]
    assert tuple(tile[240, 160]) == (90, 90, 90)


def test_a_tile_shows_an_ignored_region_in_grey(tmp_path, make_detections) -> None:
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), np.full((480, 600, 3), 90, np.uint8))
    region = np.array([[290, 235, 310, 245]], np.float32)
    image = LabelledImage(path, 600, 480, region, np.array([-1]))
    tile = draw_tile(image, make_detections([]), region[0], 0.25, ("car", "bus"))
    assert tuple(tile[240, 288]) == IGNORED_COLOUR


@pytest.mark.parametrize("count", [0, 12])
def test_a_sheet_has_a_tile_for_each_of_the_worst_mistakes(
    count, tmp_path, make_detections
) -> None:
    path = tmp_path / "$grey$ $.png"
    cv2.imwrite(str(path), np.full((480, 600, 3), 90, np.uint8))
    image = LabelledImage(
        path,
        600,
        480,
        np.array([TRUTH[1:]] * count, np.float32).reshape(-1, 4),
        np.zeros(count, np.int64),
    )
    dataset = BoxDataset("grey", ("plate",), (image,))
    found = [make_detections([])]
    sheet = tmp_path / "sheet.png"
    plot_mistakes(dataset, found, find_mistakes(dataset, found, 0.25), 0.25, sheet)
    pixels = cv2.imread(str(sheet)).astype(int)
    # Ten tiles at most of a kind, five a line: as many lines as they need.
    green = (np.abs(pixels - np.array(COLOURS[0])) < 60).all(axis=2).astype(np.uint8)
    # Closed, since the line of a box is thin and was scaled.
    tiles, _ = cv2.connectedComponents(cv2.dilate(green, np.ones((9, 9), np.uint8)))
    assert tiles - 1 == min(count, 10)


def test_shorten_keeps_both_ends() -> None:
    assert shorten("plate.jpg") == "plate.jpg"
    long = shorten("a" * 40 + "_" + "b" * 40 + ".jpg")
    assert len(long) <= 38
    assert long.startswith("aaaa")
    assert long.endswith("bb.jpg")
