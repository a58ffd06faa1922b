"""How good a detector is on a set: what it finds in every picture, and the scores of that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from rich.progress import track

from training.boxes.dataset import BoxDataset
from training.boxes.scoring import LOWEST_SCORE, MAX_DETECTIONS, BoxScores, score_detections
from training.errors import TrainingError
from vision.detections import Detections
from vision.preprocessing import UInt8Image


class Detector(Protocol):
    """Finds boxes in a picture; :class:`training.boxes.onnx_detector.OnnxDetector` is one."""

    def detect(self, image: UInt8Image, score_threshold: float, max_detections: int) -> Detections:
        """Boxes in pixels of the picture (uint8 (H, W, 3), BGR), best first."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """A detector on one set.

    Attributes:
        dataset: the pictures and their labelled boxes.
        detections: what was found, one entry a picture, down to
            :data:`training.boxes.scoring.LOWEST_SCORE`.
        scores: how good that is.
    """

    dataset: BoxDataset
    detections: tuple[Detections, ...]
    scores: BoxScores


def evaluate_model(
    detector: Detector,
    dataset: BoxDataset,
    score_threshold: float,
    counted: Collection[int] | None = None,
) -> Evaluation:
    """Runs a detector over a set, with a progress bar, and scores it.

    Args:
        detector: the model.
        dataset: pictures and truth; its class ids are the model's.
        score_threshold: what precision and recall are given for, 0..1.
        counted: ids of the classes that count, where the set does not label all; all if left out.

    Raises:
        TrainingError: a picture cannot be read.
    """
    detections = []
    for image in track(dataset.images, description=f"finding in {dataset.name}"):
        picture = cv2.imread(str(image.path), cv2.IMREAD_COLOR)
        if picture is None:
            raise TrainingError(f"{image.path}: the picture cannot be read any more")
        found = detector.detect(np.asarray(picture, np.uint8), LOWEST_SCORE, MAX_DETECTIONS)
        detections.append(found)
    scores = score_detections(dataset, detections, score_threshold, counted)
    return Evaluation(dataset, tuple(detections), scores)
