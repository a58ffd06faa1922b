from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from vision import detections
from vision.detections import Detections, in_picture, select_detections
from vision.preprocessing import letterbox


def iou(a: npt.NDArray, b: npt.NDArray) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / both


def reference(
    boxes: npt.NDArray, scores: npt.NDArray, score_threshold: float, iou_threshold: float
) -> list[tuple[int, int]]:
    """Row and class of what greedy suppression keeps, best first, as textbooks have it."""
    candidates = [
        (row, kind)
        for row in range(scores.shape[0])
        for kind in range(scores.shape[1])
        if scores[row, kind] >= score_threshold
    ]
    candidates.sort(key=lambda candidate: -scores[candidate])
    kept: list[tuple[int, int]] = []
    for row, kind in candidates:
        rivals = [other for other, other_kind in kept if other_kind == kind]
        if all(iou(boxes[row], boxes[other]) <= iou_threshold for other in rivals):
            kept.append((row, kind))
    return kept


@pytest.mark.parametrize("seed", range(40))
def test_against_a_straightforward_reference(seed: int) -> None:
    generator = np.random.default_rng(seed)
    count, classes = generator.integers(1, 60), generator.integers(1, 5)
    # Beyond the picture too, on the left as on the right; scores of one decimal, so that many tie.
    first = generator.integers(-150, 150, (count, 2))
    boxes = np.hstack([first, first + generator.integers(5, 200, (count, 2))]).astype(np.float32)
    scores = (generator.integers(0, 11, (count, classes)) / 10).astype(np.float32)
    found = select_detections(
        boxes, scores, score_threshold=0.25, iou_threshold=0.4, max_detections=1000
    )
    expected = reference(boxes.astype(float), scores, 0.25, 0.4)
    assert found.class_ids.tolist() == [kind for _, kind in expected]
    np.testing.assert_array_equal(found.boxes, [boxes[row] for row, _ in expected])
    np.testing.assert_array_equal(found.scores, [scores[entry] for entry in expected])


A = (0, 0, 100, 100)
B = (0, 0, 100, 60)  # IoU with A is 0.6
C = (300, 300, 350, 350)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [(A, 0), (C, 1), (C, 0)]),
        ({"iou_threshold": 0.59}, [(A, 0), (C, 1), (C, 0)]),
        ({"iou_threshold": 0.61}, [(A, 0), (B, 0), (C, 1), (C, 0)]),
        ({"iou_threshold": 1.0}, [(A, 0), (B, 0), (C, 1), (C, 0)]),
        ({"score_threshold": 0.5}, [(A, 0), (C, 1)]),
        ({"score_threshold": 0.9}, [(A, 0)]),
        ({"score_threshold": 0.91}, []),
        ({"max_detections": 2}, [(A, 0), (C, 1)]),
        ({"class_ids": [1]}, [(C, 1)]),
        ({"class_ids": [0]}, [(A, 0), (C, 0)]),
        ({"class_ids": []}, []),
    ],
)
def test_what_is_chosen(changes: dict, expected: list[tuple[tuple[int, ...], int]]) -> None:
    scores = np.array([[0.9, 0.1], [0.8, 0.1], [0.3, 0.7]], np.float32)
    boxes = np.array([A, B, C], np.float32)
    choice = {"score_threshold": 0.25, "iou_threshold": 0.45, "max_detections": 10, **changes}
    found = select_detections(boxes, scores, **choice)
    chosen = zip(map(tuple, found.boxes.tolist()), found.class_ids.tolist(), strict=True)
    assert list(chosen) == expected


def test_of_two_equal_boxes_with_equal_scores_one_stays() -> None:
    boxes = np.array([A, A], np.float32)
    scores = np.array([[0.5], [0.5]], np.float32)
    found = select_detections(
        boxes, scores, score_threshold=0.1, iou_threshold=0.5, max_detections=10
    )
    assert len(found) == 1


def test_no_anchor_at_all() -> None:
    found = select_detections(
        np.zeros((0, 4), np.float32),
        np.zeros((0, 3), np.float32),
        score_threshold=0.1,
        iou_threshold=0.5,
        max_detections=10,
    )
    assert (found.boxes.shape, found.scores.shape) == ((0, 4), (0,))
    assert found.boxes.dtype == np.float32
    assert found.class_ids.dtype == np.int64


def test_a_model_that_finds_everything_everywhere_costs_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As a request with the threshold 0 asks for: each anchor and class is a candidate.
    monkeypatch.setattr(detections, "MAX_CANDIDATES", 5)
    places = np.arange(0, 3000, 100, dtype=np.float32)
    boxes = np.stack([places, places, places + 50, places + 50], axis=1)
    scores = np.linspace(0.1, 0.9, 60, dtype=np.float32).reshape(30, 2)
    found = select_detections(
        boxes, scores, score_threshold=0.0, iou_threshold=0.5, max_detections=100
    )
    np.testing.assert_array_equal(found.scores, scores.ravel()[::-1][:5])


@pytest.mark.parametrize(
    ("boxes", "scores", "class_ids"), [((2, 4), 3, 3), ((3, 5), 3, 3), ((3, 4), 3, 2)]
)
def test_arrays_that_do_not_fit_together_are_refused(
    boxes: tuple[int, int], scores: int, class_ids: int
) -> None:
    with pytest.raises(ValueError, match=r"expected boxes \(N, 4\)"):
        Detections(
            np.zeros(boxes, np.float32), np.zeros(scores, np.float32), np.zeros(class_ids, np.int64)
        )


def test_in_picture_undoes_the_letterbox_clips_and_leaves_the_bars_out() -> None:
    _, placement = letterbox(np.zeros((100, 200, 3), np.uint8), 100, 100)
    # The picture fills the rows 25 to 75, at half its size.
    boxes = np.array(
        [[10, 30, 20, 40], [-5, 20, 30, 40], [10, 2, 30, 24], [60, 75, 80, 99]], np.float32
    )
    scores = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    found = in_picture(Detections(boxes, scores, np.arange(4)), placement, 200, 100)
    assert found.boxes.tolist() == [[20, 10, 40, 30], [0, 0, 60, 30]]
    assert found.scores.tolist() == scores[:2].tolist()
    assert found.class_ids.tolist() == [0, 1]
