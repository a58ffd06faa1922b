from __future__ import annotations

import numpy as np
import pytest

from training.boxes.matching import match
from training.boxes.scoring import score_detections

TRUTH = (0, 100, 100, 140, 110)
NEAR = (0, 104, 100, 144, 110)
FAR = (0, 118, 100, 158, 110)


def test_the_better_score_gets_the_box_and_a_second_one_nothing(make_dataset, make_detections):
    image = make_dataset([TRUTH]).images[0]
    matching = match(image, make_detections([(0.5, *TRUTH), (0.9, *NEAR)]))
    assert matching.truth_of.tolist() == [-1, 0]
    assert matching.iou == pytest.approx(np.array([[1.0], [36 / 44]]))
    assert matching.missed.tolist() == []


def test_too_little_overlap_finds_nothing(make_dataset, make_detections) -> None:
    matching = match(make_dataset([TRUTH]).images[0], make_detections([(0.9, *FAR)]))
    assert matching.truth_of.tolist() == [-1]
    assert matching.iou == pytest.approx(np.array([[22 / 58]]))
    assert matching.missed.tolist() == [0]


def test_another_class_finds_nothing(make_dataset, make_detections) -> None:
    dataset = make_dataset([TRUTH], labels=("plate", "sign"))
    matching = match(dataset.images[0], make_detections([(0.9, 1, *TRUTH[1:])]))
    assert matching.truth_of.tolist() == [-1]
    assert matching.iou == pytest.approx(np.ones((1, 1)))


def test_of_two_boxes_the_nearer_one_is_found(make_dataset, make_detections) -> None:
    matching = match(make_dataset([FAR, NEAR]).images[0], make_detections([(0.9, *TRUTH)]))
    assert matching.truth_of.tolist() == [1]
    assert matching.missed.tolist() == [0]


def test_nothing_on_either_side(make_dataset, make_detections) -> None:
    without_truth, with_truth = make_dataset([], [TRUTH]).images
    assert match(without_truth, make_detections([(0.9, *TRUTH)])).truth_of.tolist() == [-1]
    assert match(with_truth, make_detections([])).missed.tolist() == [0]
    assert match(without_truth, make_detections([])).missed.tolist() == []


def test_an_ignored_region_is_never_found_nor_missed_and_excuses_what_lies_in_it(
    make_dataset, make_detections
) -> None:
    image = make_dataset([(-1, 100, 100, 200, 200), TRUTH]).images[0]
    found = [
        # The labelled box in the region, half a box inside, less than that, and one elsewhere.
        (0.9, *TRUTH), (0.8, 0, 180, 150, 220, 160), (0.7, 0, 190, 150, 230, 160),
        (0.6, 0, 0, 0, 40, 10),
    ]  # fmt: skip
    matching = match(image, make_detections(found))
    assert matching.truth_of.tolist() == [1, -1, -1, -1]
    assert matching.iou[:, 0] == pytest.approx([1, 0.5, 0.25, 0])
    assert matching.excused.tolist() == [False, True, False, False]
    assert matching.missed.tolist() == []
    assert match(image, make_detections(found[1:])).missed.tolist() == [1]


@pytest.mark.parametrize("ignoring", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_cocos_evaluator(seed: int, ignoring: bool, random_scene) -> None:
    dataset, detections = random_scene(seed, ignoring)
    scores = score_detections(dataset, detections, score_threshold=0.0)
    matchings = [
        match(image, found) for image, found in zip(dataset.images, detections, strict=True)
    ]
    hits = sum(int((matching.truth_of >= 0).sum()) for matching in matchings)
    excused = sum(int(matching.excused.sum()) for matching in matchings)
    assert (excused > 0) == ignoring
    assert hits / (sum(map(len, detections)) - excused) == pytest.approx(scores.precision)
    assert hits / scores.truths == pytest.approx(scores.recall)
