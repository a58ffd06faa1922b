from __future__ import annotations

import numpy as np
import pytest

from vision.detection_choice import MAX_DETECTIONS, Choice
from vision.detector_graph import AnswerError, RawGraph, SelectingGraph, kind_of
from vision.model_spec import DetectorSpec


def test_the_kind_is_told_by_the_outputs() -> None:
    assert kind_of(["boxes", "scores"]) is RawGraph
    assert kind_of(["scores", "feature_map_1", "boxes"]) is RawGraph
    assert kind_of(["scores", "labels", "boxes"]) is SelectingGraph


def test_who_chooses_nothing_gets_what_the_file_says() -> None:
    spec = DetectorSpec(((8, 8),), score_threshold=0.3, iou_threshold=0.6, max_detections=50)
    assert Choice.of(spec) == Choice(0.3, 0.6, 50, None)


def test_a_raw_graph_is_told_nothing_and_its_answers_are_chosen_among() -> None:
    graph = RawGraph(2)
    choice = Choice(0.25, 0.5, 10)
    assert graph.inputs(choice) == {}
    # The second box lies on the first.
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30]], np.float32)
    scores = np.array([[0.9, 0.0], [0.8, 0.1], [0.2, 0.6]], np.float32)
    found = graph.detections([boxes, scores], choice)
    assert found.boxes.tolist() == [[0, 0, 10, 10], [20, 20, 30, 30]]
    assert found.class_ids.tolist() == [0, 1]
    assert len(graph.detections([boxes, scores], Choice(0.25, 0.95, 10, frozenset({0})))) == 2


@pytest.mark.parametrize(
    ("choice", "rows"),
    [
        (Choice(0.25, 0.5, 10), 10),
        # What is filtered afterwards must not have crowded out what is wanted.
        (Choice(0.25, 0.5, 10, frozenset({1})), MAX_DETECTIONS),
    ],
)
def test_a_selecting_graph_is_told_the_choice(choice: Choice, rows: int) -> None:
    inputs = SelectingGraph(3).inputs(choice)
    assert {name: value.tolist() for name, value in inputs.items()} == {
        "score_threshold": [0.25],
        "iou_threshold": [0.5],
        "max_detections": [rows],
    }
    assert [value.dtype for value in inputs.values()] == [np.float32, np.float32, np.int64]


BOXES = np.arange(24, dtype=np.float32).reshape(6, 4)
SCORES = np.array([0.9, 0.8, 0.5, 0.001, 0, 0], np.float32)
LABELS = np.array([2, 0, 2, 1, -1, -1], np.int64)


@pytest.mark.parametrize(
    ("choice", "rows"),
    [
        (Choice(0.0, 0.5, 6), [0, 1, 2, 3]),
        (Choice(0.0, 0.5, 6, frozenset({2})), [0, 2]),
        (Choice(0.0, 0.5, 1, frozenset({0, 2})), [0]),
        (Choice(0.0, 0.5, 1, frozenset({1})), [3]),
        (Choice(0.0, 0.5, 6, frozenset()), []),
    ],
)
def test_rows_with_a_score_are_the_detections(choice: Choice, rows: list[int]) -> None:
    found = SelectingGraph(3).detections([BOXES, LABELS, SCORES], choice)
    np.testing.assert_array_equal(found.boxes, BOXES[rows])
    np.testing.assert_array_equal(found.scores, SCORES[rows])
    np.testing.assert_array_equal(found.class_ids, LABELS[rows])


def test_no_row_has_a_score() -> None:
    found = SelectingGraph(3).detections(
        [BOXES, np.full(6, -1, np.int64), np.zeros(6, np.float32)], Choice(0.0, 0.5, 6)
    )
    assert (found.boxes.shape, len(found)) == ((0, 4), 0)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([BOXES, np.array([2, 3, 0, 0, -1, -1]), SCORES], "class ids from 0 to 2, got 3"),
        ([BOXES, np.array([2, -1, 0, 0, -1, -1]), SCORES], "class ids from 0 to 2, got -1"),
        ([np.full_like(BOXES, np.nan), LABELS, SCORES], "expected finite numbers"),
        ([BOXES, LABELS, np.full_like(SCORES, np.inf)], "expected finite numbers"),
    ],
)
def test_answers_that_cannot_be_used_are_refused(answers: list, message: str) -> None:
    with pytest.raises(AnswerError, match=message):
        SelectingGraph(3).detections(answers, Choice(0.0, 0.5, 6))


def test_raw_answers_that_are_not_finite_are_refused() -> None:
    with pytest.raises(AnswerError, match="expected finite numbers"):
        RawGraph(1).detections([BOXES, np.full((6, 1), np.nan, np.float32)], Choice(0.1, 0.5, 6))
