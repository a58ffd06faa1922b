"""A network that finds boxes: preprocessing, inference, and the choice among its answers."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from services.runtime.errors import StartError
from services.runtime.model_choice import open_model
from services.runtime.model_session import ModelSession
from services.runtime.settings import ServiceSettings
from services.runtime.stages import StageClock
from vision.detection_choice import Choice
from vision.detections import Detections, in_picture
from vision.detector_graph import AnswerError, kind_of
from vision.model_spec import DetectorSpec, ModelSpec
from vision.preprocessing import Crop, letterbox


class DetectorNetwork:
    """A loaded detector, of either kind. Safe to use from several threads at once.

    Args:
        settings: says which model, and where it runs.
        task: the task that the model file must be for.

    Raises:
        StartError: the model cannot be loaded, or is no detector for this task.
    """

    def __init__(self, settings: ServiceSettings, task: str) -> None:
        self.session: ModelSession[ModelSpec] = open_model(
            settings, task, ModelSpec.from_metadata, lambda names: kind_of(names).outputs
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
        self._graph = kind_of(self.session.available_outputs)(len(spec.labels))
        expected, found = self._graph.optional_inputs, self.session.optional_inputs
        if not set(expected) <= set(found):
            raise StartError(
                f"{path}: expected the inputs {', '.join(expected)}, each with a default, got "
                f"{', '.join(found) or 'none with a default'}; export the model again"
            )

    def warm_up(self) -> None:
        """Runs the model once on a black picture.

        Raises:
            StartError: it does not answer with what a detector with its labels answers.
        """
        spec = self.session.spec
        black = np.zeros((1, spec.input_height, spec.input_width, 3), dtype=np.uint8)
        choice = Choice.of(self.defaults)
        try:
            self._graph.check(self.session.run(black, **self._graph.inputs(choice)), choice)
        except AnswerError as error:
            raise StartError(f"{self.session.path}: {error}") from error

    def detect(self, image: npt.NDArray[np.uint8], choice: Choice, clock: StageClock) -> Detections:
        """What is in a picture; stages are booked on ``clock``.

        Args:
            image: uint8, (H, W, 3), BGR.
            choice: which detections count.
            clock: of the request.

        Returns:
            The detections, best first; boxes in pixels of the picture, inside of it, not empty.

        Raises:
            AnswerError: the model answered with what cannot be used.
        """
        spec = self.session.spec
        pixels, placement = letterbox(image, spec.input_width, spec.input_height)
        if spec.colour_order == "RGB":
            cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)
        clock.lap("preprocess")
        answers = self.session.run(pixels[None], **self._graph.inputs(choice))
        clock.lap("inference")
        found = self._graph.detections([answer[0] for answer in answers], choice)
        return in_picture(found, placement, image.shape[1], image.shape[0])
