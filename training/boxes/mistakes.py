"""What a detector gets wrong: labelled boxes missed, false alarms, and boxes that fit badly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from training.boxes.dataset import BoxDataset, Boxes
from training.boxes.matching import IOU_THRESHOLD, Matching, match
from vision.detections import Detections

LOOSE_IOU = 0.75
"""A labelled box that was found with less overlap than this counts as found badly."""

_NEAR_IOU = 0.1


class MistakeKind(StrEnum):
    """The kinds of mistakes; the value is what reports call them."""

    MISSED = "missed"
    FALSE_ALARM = "false alarms"
    LOOSE = "loose boxes"


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Attributes:
        row: the picture's place in the set.
        box: float32 (4,), the labelled box that was missed, or the detection that is wrong.
        words: what is wrong, in a few words.
        weight: how bad it is, beside others of its kind.
    """

    row: int
    box: Boxes
    words: str
    weight: tuple[float, float]


def find_mistakes(
    dataset: BoxDataset, detections: Sequence[Detections], score_threshold: float
) -> Mapping[MistakeKind, list[Mistake]]:
    """All mistakes with the detections of at least a score, by kind, the worst first.

    Labelled boxes that nothing found come before those that were found below the threshold, and
    large ones before small; false alarms go by score; loose boxes by overlap. What is not counted
    is no mistake: detections in ignored regions, and of classes that the set does not label.

    Args:
        dataset: the truth.
        detections: one entry a picture, in pixels of the picture, best first; with those below the
            threshold, so that it can be told that one was nearly found.
        score_threshold: the lowest score that counts.
    """
    mistakes: dict[MistakeKind, list[Mistake]] = {kind: [] for kind in MistakeKind}
    for row in range(len(dataset)):
        found = of_labelled_classes(dataset, detections[row])
        counted = int(np.count_nonzero(found.scores >= np.float32(score_threshold)))
        matching = match(dataset.images[row], found)
        mistakes[MistakeKind.MISSED] += _missed(dataset, row, found, matching, counted)
        mistakes[MistakeKind.FALSE_ALARM] += _false_alarms(dataset, row, found, matching, counted)
        mistakes[MistakeKind.LOOSE] += _loose(row, found, matching, counted)
    for of_kind in mistakes.values():
        of_kind.sort(key=lambda mistake: mistake.weight, reverse=True)
    return mistakes


def of_labelled_classes(dataset: BoxDataset, found: Detections) -> Detections:
    """Without the detections of classes that the set does not label."""
    kept = np.isin(found.class_ids, dataset.labelled)
    return Detections(found.boxes[kept], found.scores[kept], found.class_ids[kept])


def _missed(
    dataset: BoxDataset, row: int, found: Detections, matching: Matching, counted: int
) -> Iterator[Mistake]:
    image = dataset.images[row]
    for truth in matching.missed_by(counted):
        finders = np.flatnonzero(matching.truth_of == truth)
        overlap = float(matching.iou[:counted, truth].max(initial=0.0))
        if len(finders):
            words = f"found only at score {found.scores[finders[0]]:.2f}"
        elif overlap > _NEAR_IOU:
            words = f"best overlap {overlap:.2f}"
        else:
            words = "nothing near"
        box = image.boxes[truth]
        nearly = float(found.scores[finders].max(initial=0.0))
        label = dataset.labels[image.class_ids[truth]]
        area = float((box[2] - box[0]) * (box[3] - box[1]))
        yield Mistake(row, box, f"{label} missed: {words}", (-nearly, area))


def _false_alarms(
    dataset: BoxDataset, row: int, found: Detections, matching: Matching, counted: int
) -> Iterator[Mistake]:
    image = dataset.images[row]
    wrong = (matching.truth_of < 0) & ~matching.excused
    for alarm in np.flatnonzero(wrong[:counted]):
        overlaps = np.where(matching.ignored, 0.0, matching.iou[alarm])
        nearest = int(overlaps.argmax()) if len(overlaps) else -1
        overlap = float(overlaps.max(initial=0.0))
        if overlap <= _NEAR_IOU:
            words = "nothing is there"
        else:
            there = dataset.labels[image.class_ids[nearest]]
            same = image.class_ids[nearest] == found.class_ids[alarm]
            if overlap < IOU_THRESHOLD:
                words = f"overlap {overlap:.2f} with {there}"
            else:
                words = f"{there} was found already" if same else f"it is {there}"
        score = float(found.scores[alarm])
        label = dataset.labels[found.class_ids[alarm]]
        yield Mistake(row, found.boxes[alarm], f"{label} {score:.2f}: {words}", (score, 0.0))


def _loose(row: int, found: Detections, matching: Matching, counted: int) -> Iterator[Mistake]:
    for hit in np.flatnonzero(matching.truth_of[:counted] >= 0):
        overlap = float(matching.iou[hit, matching.truth_of[hit]])
        if overlap < LOOSE_IOU:
            words = f"score {found.scores[hit]:.2f}, overlap only {overlap:.2f}"
            yield Mistake(row, found.boxes[hit], words, (-overlap, 0.0))
