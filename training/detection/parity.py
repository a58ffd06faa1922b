"""Whether an exported file answers as the network does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from training.detection.thresholds import MAX_DETECTIONS, NMS_IOU
from training.errors import ExportError
from vision.detection_choice import Choice
from vision.detections import Detections
from vision.detector_graph import SelectingGraph

if TYPE_CHECKING:
    from training.detection.network import FasterRcnn

BOX_TOLERANCE = 0.5
"""Largest difference of a box between Keras and the file, in pixels of the input."""
SCORE_TOLERANCE = 1e-3
"""Largest difference of a score."""

SCORE_THRESHOLD = 0.05
"""Detections from this score on are compared."""

_BATCHES = (1, 2)


def check_parity(
    network: FasterRcnn, path: Path, pictures: npt.NDArray[np.uint8]
) -> tuple[float, float]:
    """Compares what a file finds with what the network finds, one picture and two at a time.

    A detection of either side must be one of the other, but for those whose score is so near to the
    threshold that rounding decides.

    Args:
        network: the network.
        path: the model file made of it.
        pictures: uint8 (N, size, size, 3), RGB; one of nothing but grey is added.

    Returns:
        The largest difference of a box, in pixels of the input, and of a score.

    Raises:
        ExportError: one of them is above its tolerance, or something is found by one side only.
    """
    import onnxruntime

    from training.detection.finding import find

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    nothing = np.full_like(pictures[:1], 114)
    worst_box = worst_score = 0.0
    everything = np.concatenate([nothing, pictures])
    # One, two, one, two ...: nothing at first, then many; batches of both sizes.
    ends = np.cumsum(np.resize(_BATCHES, len(everything)))
    graph = SelectingGraph(network.parts.classes)
    choice = Choice(SCORE_THRESHOLD, NMS_IOU, MAX_DETECTIONS)
    for batch in np.split(everything, ends[ends < len(everything)]):
        expected = find(network, batch, SCORE_THRESHOLD, NMS_IOU, MAX_DETECTIONS)
        answers = session.run(list(graph.outputs), {"image": batch, **graph.inputs(choice)})
        for row, wanted in enumerate(expected):
            found = graph.detections([answer[row] for answer in answers], choice)
            box, score = _compare(path, wanted, found)
            worst_box, worst_score = max(worst_box, box), max(worst_score, score)
    return worst_box, worst_score


def _compare(path: Path, wanted: Detections, found: Detections) -> tuple[float, float]:
    """The largest difference of a box and of a score, both ways."""
    worst_box = worst_score = 0.0
    for side, other, owner in ((wanted, found, "the network"), (found, wanted, "the file")):
        for box, score, class_id in zip(side.boxes, side.scores, side.class_ids, strict=True):
            # Below, rounding decides whether the other side has it.
            if score < SCORE_THRESHOLD + SCORE_TOLERANCE:
                continue
            boxes = np.abs(other.boxes - box).max(axis=1, initial=0)
            scores = np.abs(other.scores - score)
            distance = np.where(other.class_ids == class_id, boxes, np.inf)
            nearest = int(distance.argmin()) if len(other) else -1
            near = nearest >= 0 and distance[nearest] <= BOX_TOLERANCE
            if not near or scores[nearest] > SCORE_TOLERANCE:
                raise ExportError(
                    f"{path}: {owner} finds class {class_id} at {box.round(1).tolist()}, score "
                    f"{score:.4f}, and the other nothing within {BOX_TOLERANCE:g} pixels and "
                    f"{SCORE_TOLERANCE:g} in score; the file was not kept"
                )
            worst_box = max(worst_box, float(distance[nearest]))
            worst_score = max(worst_score, float(scores[nearest]))
    return worst_box, worst_score
