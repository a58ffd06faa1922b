"""A network that finds boxes: preprocessing, inference, and the choice among its answers."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from services.detector.choice import Choice
from services.runtime.errors import StartError
from services.runtime.model_choice import open_model
from services.runtime.model_session import ModelSession
from services.runtime.settings import ServiceSettings
from services.runtime.stages import StageClock
from vision.detections import Detections, in_picture, select_detections
from vision.model_spec import DetectorSpec, ModelSpec
from vision.preprocessing import Crop, letterbox

OUTPUTS = ("boxes", "scores")
"""float32 (N, A, 4), pixels of the input, and float32 (N, A, C), 0..1; A anchors, C classes."""


class DetectorNetwork:
    """A loaded detector. Safe to use from several threads at once.

    Args:
        settings: says which model, and where it runs.
        task: the task that the model file must be for.

    Raises:
        StartError: the model cannot be loaded, or is no detector for this task.
    """

    def __init__(self, settings: ServiceSettings, task: str) -> None:
        self.session: ModelSession[ModelSpec] = open_model(
            settings, task, ModelSpec.from_metadata, OUTPUTS
        )
        path, spec = self.session.path, self.session.spec
        if spec.detector is None:
            raise StartError(
                f"{path}: model metadata: the key 'detector' is missing; export the model with "
                f"`roadsight export`, which writes it"
            )
        if spec.fit != "letterbox" or spec.crop != Crop():
            raise StartError(
                f"{path}: expected a model that takes whole pictures with their aspect kept "
                f"(fit 'letterbox', no crop), got fit {spec.fit!r} and {spec.crop}"
            )
        self.labels = spec.labels
        self.defaults: DetectorSpec = spec.detector

    def warm_up(self) -> None:
        """Runs the model once on a black picture.

        Raises:
            StartError: it does not answer with finite boxes and scores for each of its labels.
        """
        spec = self.session.spec
        black = np.zeros((1, spec.input_height, spec.input_width, 3), dtype=np.uint8)
        boxes, scores = self.session.run(black)
        anchors = boxes.shape[1] if boxes.ndim == 3 else 0
        expected = ((1, anchors, 4), (1, anchors, len(spec.labels)))
        if (boxes.shape, scores.shape) != expected or not _are_finite(boxes, scores):
            raise StartError(
                f"{self.session.path}: expected finite boxes (1, A, 4) and scores "
                f"(1, A, {len(spec.labels)}), got {boxes.shape} and {scores.shape}"
            )

    def detect(self, image: npt.NDArray[np.uint8], choice: Choice, clock: StageClock) -> Detections:
        """What is in a picture; stages are booked on ``clock``.

        Args:
            image: uint8, (H, W, 3), BGR.
            choice: which detections count.
            clock: of the request.

        Returns:
            The detections, best first; boxes in pixels of the picture, inside of it, not empty.
        """
        spec = self.session.spec
        pixels, placement = letterbox(image, spec.input_width, spec.input_height)
        if spec.colour_order == "RGB":
            cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)
        clock.lap("preprocess")
        boxes, scores = (output[0] for output in self.session.run(pixels[None]))
        clock.lap("inference")
        if not _are_finite(boxes, scores):
            raise FloatingPointError("the model answered with numbers that are not finite")
        found = select_detections(
            boxes,
            scores,
            score_threshold=choice.score_threshold,
            iou_threshold=choice.iou_threshold,
            max_detections=choice.max_detections,
            class_ids=choice.class_ids,
        )
        return in_picture(found, placement, image.shape[1], image.shape[0])


def _are_finite(*arrays: npt.NDArray[np.float32]) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays)
