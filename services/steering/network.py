"""The steering network: preprocessing, inference, and what its outputs mean."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.runtime.errors import StartError, UnsupportedByModelError
from services.runtime.model_choice import open_model
from services.runtime.model_session import ModelSession
from services.runtime.settings import ServiceSettings
from services.runtime.stages import StageClock
from vision.model_spec import ModelSpec
from vision.preprocessing import crop_and_resize
from vision.visual_back_prop import heat_map, relevance

PREDICTIONS = "predictions"
FEATURE_MAP_PREFIX = "feature_map_"


@dataclass(frozen=True)
class SteeringOutput:
    """What the network says of one picture.

    Attributes:
        steering: normalised angle, -1..1, positive to the right, finite.
        speed_mph: the speed at which the recorded driver took such a place, if predicted.
        throttle: the recorded driver's throttle, 0..1, if predicted.
    """

    steering: float
    speed_mph: float | None
    throttle: float | None


class SteeringNetwork:
    """A loaded steering model. Safe to use from several threads at once.

    Args:
        settings: says which model, and where it runs.
        task: the task that the model file must be for.

    Raises:
        StartError: the model cannot be loaded or is not a steering model.
    """

    def __init__(self, settings: ServiceSettings, task: str) -> None:
        self.session = open_model(settings, task, ModelSpec.from_metadata, [PREDICTIONS])
        path, spec = self.session.path, self.session.spec
        if spec.labels[:1] != ("steering",):
            raise StartError(
                f"{path}: expected 'steering' as the first output, got {list(spec.labels)}"
            )
        self._columns = {label: column for column, label in enumerate(spec.labels)}
        self._maps = sorted(
            (name for name in self.session.available_outputs if _is_feature_map(name)),
            key=lambda name: int(name.removeprefix(FEATURE_MAP_PREFIX)),
        )
        self._explaining: ModelSession[ModelSpec] | None = None
        self._explaining_lock = threading.Lock()

    def warm_up(self) -> None:
        """Runs the model once on a black picture.

        Raises:
            StartError: it does not answer with finite numbers.
        """
        spec = self.session.spec
        black = np.zeros((spec.input_height, spec.input_width, 3), dtype=np.uint8)
        predictions = self.session.run(black[None])[0]
        if predictions.shape != (1, len(spec.labels)) or not np.isfinite(predictions).all():
            raise StartError(
                f"{self.session.path}: expected {len(spec.labels)} finite numbers for a picture, "
                f"got {predictions}"
            )

    def predict(self, image: npt.NDArray[np.uint8], clock: StageClock) -> SteeringOutput:
        """The angle for one picture (uint8, (H, W, 3), BGR); stages are booked on ``clock``."""
        batch = self._preprocess(image)
        clock.lap("preprocess")
        row = self.session.run(batch)[0][0]
        clock.lap("inference")
        return self._output(row)

    def explain(
        self, image: npt.NDArray[np.uint8], clock: StageClock
    ) -> tuple[SteeringOutput, npt.NDArray[np.uint8]]:
        """As :meth:`predict`, and where the network looked: uint8, (H, W), 255 = looked at most.

        Raises:
            UnsupportedByModelError: the model file has no feature maps.
        """
        session = self._explaining_session()
        spec = session.spec
        batch = self._preprocess(image)
        clock.lap("preprocess")
        predictions, *maps = session.run(batch)
        clock.lap("inference")
        looked = relevance([m[0] for m in maps], spec.input_height, spec.input_width)
        return self._output(predictions[0]), heat_map(looked, spec.crop, *image.shape[:2])

    def _explaining_session(self) -> ModelSession[ModelSpec]:
        if not self._maps:
            raise UnsupportedByModelError(
                f"this model cannot be explained: its file has no outputs named "
                f"{FEATURE_MAP_PREFIX}1, ..."
            )
        with self._explaining_lock:
            if self._explaining is None:
                self._explaining = self.session.with_outputs([PREDICTIONS, *self._maps])
            return self._explaining

    def _preprocess(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        spec = self.session.spec
        pixels = crop_and_resize(image, spec.crop, spec.input_width, spec.input_height)
        return (pixels if spec.colour_order == "BGR" else pixels[:, :, ::-1])[None]

    def _output(self, row: npt.NDArray[np.float32]) -> SteeringOutput:
        if not np.isfinite(row).all():
            raise FloatingPointError(f"the model answered {row}")
        speed, throttle = self._columns.get("speed_mph"), self._columns.get("throttle")
        return SteeringOutput(
            steering=min(1.0, max(-1.0, float(row[0]))),
            speed_mph=None if speed is None else max(0.0, float(row[speed])),
            throttle=None if throttle is None else min(1.0, max(0.0, float(row[throttle]))),
        )


def _is_feature_map(name: str) -> bool:
    return name.startswith(FEATURE_MAP_PREFIX) and name.removeprefix(FEATURE_MAP_PREFIX).isdecimal()
