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


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_cocos_evaluator(seed: int, random_scene) -> None:
    dataset, detections = random_scene(seed)
    scores = score_detections(dataset, detections, score_threshold=0.0)
    hits = sum(
        int((match(image, found).truth_of >= 0).sum())
        for image, found in zip(dataset.images, detections, strict=True)
    )
    assert hits / sum(map(len, detections)) == pytest.approx(scores.precision)
    assert hits / scores.truths == pytest.approx(scores.recall)
