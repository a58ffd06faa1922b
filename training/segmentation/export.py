"""From a training run to the model files that the segmentation service reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from training.packages import need_packages, quiet_tensorflow
from training.segmentation.export_settings import ExportSettings
from training.segmentation.spec import make_spec
from vision.model_spec import ModelSpec

if TYPE_CHECKING:
    from training.segmentation.trained import TrainedNetwork


@dataclass(frozen=True)
class ExportReport:
    """What was written.

    Attributes:
        path: the float model file.
        pictures: on so many it was compared with Keras.
        equal: share of pixels to which both gave the same class, 0..1.
        int8: the int8 model file, if asked for.
    """

    path: Path
    pictures: int
    equal: float
    int8: Path | None = None


def export(settings: ExportSettings) -> ExportReport:
    """Writes an epoch of a run as model files, the float one checked against Keras.

    Raises:
        ExportError: a file does not answer as the network does; it is not at the output then.
        RunError: the folder holds no run, or no finished epoch.
        TrainingError: there are no pictures to calibrate with.
    """
    need_packages("keras", "tensorflow", "tf2onnx", "onnx", "onnxruntime")
    quiet_tensorflow()
    from training.segmentation.trained import read_trained

    settings.check()
    return export_network(read_trained(settings.run, settings.epoch), settings)


def export_network(trained: TrainedNetwork, settings: ExportSettings) -> ExportReport:
    """Writes a network as model files; as :func:`export`."""
    from training.calibration import drawn_pictures, read_pictures
    from training.onnx_graph import store_in_halves, write
    from training.quantisation import quantise
    from training.segmentation.onnx_model import convert
    from training.segmentation.parity import check_parity

    width, height = trained.recipe.width, trained.recipe.height
    folders = settings.parity or settings.calibration
    pictures: npt.NDArray[np.uint8] = (
        read_pictures(folders, settings.parity_pictures, width, height)
        if folders
        else drawn_pictures(width, height)
    )
    model = convert(trained.network)
    # Made before the float weights are rounded, written when the float file has passed.
    quantised = None
    if settings.int8:
        calibration = read_pictures(
            settings.calibration, settings.calibration_pictures, width, height
        )
        quantised = quantise(model, calibration, settings.calibration_method)
    if settings.half:
        store_in_halves(model)
    path, metadata = settings.output, export_spec(trained, settings).to_metadata()
    fresh = path.with_name(path.name + ".unchecked")
    try:
        write(model, metadata, fresh)
        equal = check_parity(trained.network, fresh, pictures)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    int8 = None
    if quantised is not None:
        int8 = path.with_name("model.int8.onnx")
        write(quantised, metadata, int8)
    return ExportReport(path, len(pictures), equal, int8)


def export_spec(trained: TrainedNetwork, settings: ExportSettings) -> ModelSpec:
    """What the files say of themselves."""
    return make_spec(
        trained.recipe,
        trained.labels,
        trained.palette,
        name=settings.name,
        version=settings.version,
        drivable=[label for label in settings.drivable if label in trained.labels],
        ignored=trained.ignored,
        training_data=tuple(settings.training_data) or trained.training_data,
        scores=settings.scores,
    )
