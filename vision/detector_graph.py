"""The two kinds of a detector's graph: how each is asked, and what its answers mean.

The input of both is ``image``, uint8 (N, H, W, 3). A file with an output ``labels`` is of the
second kind, :class:`SelectingGraph`; training and serving go by nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from vision.detection_choice import MAX_DETECTIONS, Choice
from vision.detections import Detections, select_detections

Arrays = Sequence[npt.NDArray[Any]]


class AnswerError(ValueError):
    """A model's answers cannot be used; the message says what was expected and what came."""


@dataclass(frozen=True)
class DetectorGraph(ABC):
    """One of the kinds.

    Attributes:
        classes: how many classes the model file names.
        outputs: names of the outputs, in the order in which ``answers`` hold them.
        optional_inputs: names of the inputs beside the picture; each has a default in the graph.
    """

    classes: int
    outputs: ClassVar[tuple[str, ...]]
    optional_inputs: ClassVar[tuple[str, ...]]

    @abstractmethod
    def inputs(self, choice: Choice) -> dict[str, npt.NDArray[Any]]:
        """What to feed beside the picture, by name."""

    @abstractmethod
    def check(self, answers: Arrays, choice: Choice) -> None:
        """Checks what the graph answers for one picture: serving does so once, at its start.

        Args:
            answers: the outputs for a batch of one.
            choice: what the graph was asked for.

        Raises:
            AnswerError: a shape or type is not what it should be, or a number is not finite.
        """

    @abstractmethod
    def detections(self, answers: Arrays, choice: Choice) -> Detections:
        """The wanted detections in one picture, best first, in pixels of the input.

        Args:
            answers: the picture's row of each output.
            choice: what the graph was asked for.

        Raises:
            AnswerError: a number is not finite, or a class has no name.
        """


def kind_of(outputs: Collection[str]) -> type[DetectorGraph]:
    """The kind of a file's graph, by the names of all its outputs."""
    return SelectingGraph if "labels" in outputs else RawGraph


class RawGraph(DetectorGraph):
    """Answers with every anchor: thresholds and non-maximum suppression come after the graph.

    ``boxes`` float32 (N, A, 4), x_min, y_min, x_max, y_max in pixels of the input; ``scores``
    float32 (N, A, C), 0..1; A anchors, C classes.
    """

    outputs = ("boxes", "scores")
    optional_inputs = ()

    def inputs(self, choice: Choice) -> dict[str, npt.NDArray[Any]]:  # noqa: ARG002
        """Nothing."""
        return {}

    def check(self, answers: Arrays, choice: Choice) -> None:  # noqa: ARG002
        """See :class:`DetectorGraph`."""
        boxes, scores = answers
        anchors = boxes.shape[1] if boxes.ndim == 3 else "A"
        expected = ("float32", (1, anchors, 4)), ("float32", (1, anchors, self.classes))
        if (_kind(boxes), _kind(scores)) != expected or not _are_finite(boxes, scores):
            raise AnswerError(
                f"expected finite float32 boxes (1, A, 4) and scores (1, A, {self.classes}), "
                f"got {_words(boxes)} and {_words(scores)}"
            )

    def detections(self, answers: Arrays, choice: Choice) -> Detections:
        """See :class:`DetectorGraph`."""
        boxes, scores = answers
        _ensure_finite(boxes, scores)
        return select_detections(
            boxes,
            scores,
            score_threshold=choice.score_threshold,
            iou_threshold=choice.iou_threshold,
            max_detections=choice.max_detections,
            class_ids=choice.class_ids,
        )


class SelectingGraph(DetectorGraph):
    """Answers with the chosen boxes: thresholds and non-maximum suppression are in the graph.

    Its inputs ``score_threshold`` and ``iou_threshold``, float32 (1,), and ``max_detections``,
    int64 (1,), have defaults. ``boxes`` float32 (N, D, 4), x_min, y_min, x_max, y_max in pixels of
    the input, ``labels`` int64 (N, D), class ids, and ``scores`` float32 (N, D), 0..1, best first;
    D is ``max_detections``. Rows beyond what was found have the score 0.
    """

    outputs = ("boxes", "labels", "scores")
    optional_inputs = ("score_threshold", "iou_threshold", "max_detections")

    def inputs(self, choice: Choice) -> dict[str, npt.NDArray[Any]]:
        """The choice, but for the classes: these are chosen among as many rows as there may be."""
        return {
            "score_threshold": np.array([choice.score_threshold], np.float32),
            "iou_threshold": np.array([choice.iou_threshold], np.float32),
            "max_detections": np.array([self._rows(choice)], np.int64),
        }

    def check(self, answers: Arrays, choice: Choice) -> None:
        """See :class:`DetectorGraph`."""
        boxes, labels, scores = answers
        rows = self._rows(choice)
        expected = ("float32", (1, rows, 4)), ("int64", (1, rows)), ("float32", (1, rows))
        got = _kind(boxes), _kind(labels), _kind(scores)
        if got != expected or not _are_finite(boxes, scores):
            raise AnswerError(
                f"expected finite float32 boxes (1, {rows}, 4), int64 labels (1, {rows}) and "
                f"finite float32 scores (1, {rows}), got {_words(boxes)}, {_words(labels)} and "
                f"{_words(scores)}"
            )

    def detections(self, answers: Arrays, choice: Choice) -> Detections:
        """See :class:`DetectorGraph`."""
        boxes, labels, scores = answers
        _ensure_finite(boxes, scores)
        wanted = scores > 0
        nameless = labels[wanted & ((labels < 0) | (labels >= self.classes))]
        if len(nameless):
            raise AnswerError(
                f"expected class ids from 0 to {self.classes - 1}, got {int(nameless[0])}"
            )
        if choice.class_ids is not None:
            wanted &= np.isin(labels, np.fromiter(choice.class_ids, np.int64))
        kept = np.flatnonzero(wanted)[: choice.max_detections]
        return Detections(boxes[kept], scores[kept], labels[kept])

    @staticmethod
    def _rows(choice: Choice) -> int:
        return choice.max_detections if choice.class_ids is None else MAX_DETECTIONS


def _kind(array: npt.NDArray[Any]) -> tuple[str, tuple[int, ...]]:
    return array.dtype.name, array.shape


def _words(array: npt.NDArray[Any]) -> str:
    finite = "" if _are_finite(array) else " that are not finite"
    return f"{array.dtype} {array.shape}{finite}"


def _are_finite(*arrays: npt.NDArray[Any]) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays)


def _ensure_finite(*arrays: npt.NDArray[Any]) -> None:
    if not _are_finite(*arrays):
        raise AnswerError("expected finite numbers from the model, got others")
