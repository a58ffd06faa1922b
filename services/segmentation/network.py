"""The segmentation network: preprocessing, inference, and its class map in the picture's size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from services.runtime.errors import StartError
from services.runtime.model_choice import open_model
from services.runtime.model_session import ModelSession
from services.runtime.settings import ServiceSettings
from services.runtime.stages import StageClock
from vision.class_map import CLASS_MAP, CONFIDENCE, IGNORED, ClassMap, pixel_counts
from vision.class_map_scaling import Confidence, class_map_in_picture, confidence_in_picture
from vision.model_spec import ModelSpec, SegmenterSpec
from vision.preprocessing import Crop
from vision.segmenter_input import segmenter_input


@dataclass(frozen=True)
class Segmentation:
    """What the network says of one picture.

    Attributes:
        class_map: uint8, (H, W), in the picture's size: class ids or ``IGNORED``.
        shares: float64, (number of classes,), pixels of each class as a share of all, 0..1.
    """

    class_map: ClassMap
    shares: npt.NDArray[np.float64]


class SegmentationNetwork:
    """A loaded segmentation model. Safe to use from several threads at once.

    Args:
        settings: says which model, and where it runs.
        task: the task that the model file must be for.

    Raises:
        StartError: the model cannot be loaded or is no segmentation model.
    """

    def __init__(self, settings: ServiceSettings, task: str) -> None:
        self.session: ModelSession[ModelSpec] = open_model(
            settings, task, ModelSpec.from_metadata, [CLASS_MAP, CONFIDENCE]
        )
        path, spec = self.session.path, self.session.spec
        if spec.segmenter is None:
            raise StartError(
                f"{path}: model metadata: the key 'segmenter' is missing; export the model with "
                f"`roadsight export`, which writes it"
            )
        if spec.crop != Crop():
            raise StartError(
                f"{path}: expected a model that takes whole pictures (no crop), got {spec.crop}"
            )
        self.labels = spec.labels
        self.classes: SegmenterSpec = spec.segmenter
        self.drivable_ids = tuple(map(spec.labels.index, spec.segmenter.drivable))

    def warm_up(self) -> None:
        """Runs the model once on a black picture.

        Raises:
            StartError: it does not answer with a class map and confidences.
        """
        spec = self.session.spec
        black = np.zeros((1, spec.input_height, spec.input_width, 3), dtype=np.uint8)
        try:
            class_map, _ = self._checked(self.session.run(black))
            self._shares(class_map)
        except ValueError as error:
            raise StartError(f"{self.session.path}: {error}") from error

    def segment(
        self, image: npt.NDArray[np.uint8], min_confidence: float, clock: StageClock
    ) -> Segmentation:
        """The class of each pixel of a picture; stages are booked on ``clock``.

        Args:
            image: uint8, (H, W, 3), BGR.
            min_confidence: pixels of which the model is less sure are ``IGNORED``, 0..1.
            clock: of the request.

        Raises:
            ValueError: the model answered with what cannot be used.
        """
        pixels, region = segmenter_input(image, self.session.spec)
        clock.lap("preprocess")
        answers = self.session.run(pixels[None])
        clock.lap("inference")
        small_map, confidence = self._checked(answers)
        height, width = image.shape[:2]
        class_map = class_map_in_picture(small_map, confidence, region, width, height)
        if min_confidence > 0:
            sure = confidence_in_picture(confidence, region, width, height)
            class_map = np.where(sure < min_confidence, np.uint8(IGNORED), class_map)
        return Segmentation(class_map, self._shares(class_map))

    def _checked(self, answers: list[npt.NDArray[Any]]) -> tuple[ClassMap, Confidence]:
        """Class map and confidence of the first picture of a batch.

        Raises:
            ValueError: a shape or type is not what it should be, or a number is not finite.
        """
        spec = self.session.spec
        size = (spec.input_height, spec.input_width)
        found = [(answer.dtype.name, answer.shape) for answer in answers]
        if found != [("uint8", (1, *size)), ("float32", (1, *size))]:
            raise ValueError(
                f"expected {CLASS_MAP} as uint8 and {CONFIDENCE} as float32 of shape {(1, *size)}, "
                f"got {found[0]} and {found[1]}"
            )
        if not np.isfinite(answers[1]).all():
            raise ValueError(f"expected {CONFIDENCE} from 0 to 1, got a number that is not finite")
        return answers[0][0], answers[1][0]

    def _shares(self, class_map: ClassMap) -> npt.NDArray[np.float64]:
        counts = pixel_counts(class_map)
        if counts[len(self.labels) : IGNORED].any():
            raise ValueError(
                f"expected class ids below {len(self.labels)}, the number of labels, got "
                f"{int(np.flatnonzero(counts[:IGNORED])[-1])}"
            )
        shares: npt.NDArray[np.float64] = counts[: len(self.labels)] / class_map.size
        return shares
