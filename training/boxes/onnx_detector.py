"""A detector's model file as evaluation sees it: with ONNX Runtime, as it is shipped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.errors import TrainingError
from training.onnx_file import open_model_file
from vision.detection_choice import Choice
from vision.detections import Detections, in_picture
from vision.detector_graph import AnswerError, kind_of
from vision.model_spec import DetectorSpec, Task
from vision.preprocessing import Crop, Placement, UInt8Image, letterbox


class OnnxDetector:
    """Finds boxes with a model file of either kind on the CPU, exactly as serving does.

    Args:
        path: the model file.
        task: what it must be for.

    Attributes:
        spec: what the file says of itself.
        defaults: the thresholds in it.

    Raises:
        TrainingError: there is no such file, or it is no detector for the task.
    """

    def __init__(self, path: Path, task: Task) -> None:
        self._session, self.spec = open_model_file(path, task)
        self.path = path
        kind = kind_of([output.name for output in self._session.get_outputs()])
        self._graph = kind(len(self.spec.labels))
        self.defaults = self._checked()
        self._input = self._session.get_inputs()[0].name

    def detect(
        self,
        image: UInt8Image,
        score_threshold: float | None = None,
        max_detections: int | None = None,
    ) -> Detections:
        """What is in a picture.

        Args:
            image: uint8 (H, W, 3), BGR.
            score_threshold: the lowest score that counts, 0..1; the file's if left out.
            max_detections: the best this many; the file's number if left out.

        Returns:
            The detections, best first, in pixels of the picture.

        Raises:
            TrainingError: the model answers with what cannot be used.
        """
        return self.detect_batch([image], score_threshold, max_detections)[0]

    def detect_batch(
        self,
        images: Sequence[UInt8Image],
        score_threshold: float | None = None,
        max_detections: int | None = None,
    ) -> list[Detections]:
        """What is in each of some pictures of any sizes, by one run of the model; as ``detect``."""
        if not images:
            return []
        defaults = self.defaults
        choice = Choice(
            defaults.score_threshold if score_threshold is None else score_threshold,
            defaults.iou_threshold,
            defaults.max_detections if max_detections is None else max_detections,
        )
        prepared = [self._prepare(image) for image in images]
        answers = self._session.run(
            list(self._graph.outputs),
            {
                self._input: np.stack([pixels for pixels, _ in prepared]),
                **self._graph.inputs(choice),
            },
        )
        try:
            return [
                in_picture(
                    self._graph.detections([answer[row] for answer in answers], choice),
                    placement,
                    image.shape[1],
                    image.shape[0],
                )
                for row, (image, (_, placement)) in enumerate(zip(images, prepared, strict=True))
            ]
        except AnswerError as error:
            raise TrainingError(f"{self.path}: {error}") from error

    def _prepare(self, image: UInt8Image) -> tuple[npt.NDArray[np.uint8], Placement]:
        pixels, placement = letterbox(image, self.spec.input_width, self.spec.input_height)
        return pixels if self.spec.colour_order == "BGR" else pixels[..., ::-1], placement

    def _checked(self) -> DetectorSpec:
        spec = self.spec
        outputs = {output.name for output in self._session.get_outputs()}
        if spec.detector is None or not outputs.issuperset(self._graph.outputs):
            raise TrainingError(
                f"{self.path}: expected the metadata key 'detector' and the outputs "
                f"{', '.join(self._graph.outputs)}, got outputs {sorted(outputs)}; export the run "
                f"again"
            )
        inputs = {entry.name for entry in self._session.get_overridable_initializers()}
        if not inputs.issuperset(self._graph.optional_inputs):
            raise TrainingError(
                f"{self.path}: expected the inputs {', '.join(self._graph.optional_inputs)}, each "
                f"with a default, got {', '.join(sorted(inputs)) or 'none with a default'}; export "
                f"the run again"
            )
        if spec.fit != "letterbox" or spec.crop != Crop():
            raise TrainingError(
                f"{self.path}: expected a model that takes whole pictures with their aspect kept "
                f"(fit 'letterbox', no crop), got fit {spec.fit!r} and {spec.crop}"
            )
        return spec.detector
