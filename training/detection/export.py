"""From a training run to the model files that the detection service reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from training.detection.export_settings import ExportSettings
from training.packages import need_packages, quiet_tensorflow
from vision.model_spec import ModelSpec

if TYPE_CHECKING:
    from training.detection.trained import TrainedNetwork


@dataclass(frozen=True)
class ExportReport:
    """What was written.

    Attributes:
        path: the float model file.
        pictures: on so many it was compared with Keras.
        box_difference: the largest difference of a box, in pixels of the input, before weights were
            rounded to 16 bits.
        score_difference: the largest difference of a score, likewise.
        int8: the int8 model file, if asked for.
    """

    path: Path
    pictures: int
    box_difference: float
    score_difference: float
    int8: Path | None = None


def export(settings: ExportSettings) -> ExportReport:
    """Writes an epoch of a run as model files, the float one checked against Keras.

    Raises:
        ExportError: a file does not answer as the network does; it is not at the output then.
        RunError: the folder holds no run, or no finished epoch.
        TrainingError: there are no pictures to calibrate with, or the run's weights are not of the
            changed recipe.
    """
    need_packages("keras", "tensorflow", "tf2onnx", "onnx", "onnxruntime", "spox")
    quiet_tensorflow()
    from training.detection.trained import read_trained

    settings.check()
    trained = read_trained(settings.run, settings.epoch, settings.change)
    return export_network(trained, settings)


def export_network(trained: TrainedNetwork, settings: ExportSettings) -> ExportReport:
    """Writes a network as model files; as :func:`export`."""
    from training.calibration import drawn_pictures, read_pictures
    from training.detection.dense_graph import convert_features, convert_head
    from training.detection.onnx_model import assemble
    from training.detection.parity import check_parity
    from training.onnx_graph import store_in_halves, write
    from training.quantisation import quantise

    network, size = trained.network, trained.network.parts.size
    spec = make_spec(trained, settings)
    assert spec.detector is not None
    folders = settings.parity or settings.calibration
    pictures: npt.NDArray[np.uint8] = (
        read_pictures(folders, settings.parity_pictures, size, size)
        if folders
        else drawn_pictures(size, size)
    )
    features, head = convert_features(network), convert_head(network)
    # Made before the float weights are rounded, written when the float file has passed.
    quantised: Any = None
    if settings.int8:
        calibration = read_pictures(settings.calibration, settings.calibration_pictures, size, size)
        quantised = quantise(features, calibration, settings.calibration_method)
    path, metadata = settings.output, spec.to_metadata()
    fresh = path.with_name(path.name + ".unchecked")
    whole = assemble(features, head, network.parts, spec.detector)
    try:
        write(whole, metadata, fresh)
        box, score = check_parity(network, fresh, pictures)
    finally:
        fresh.unlink(missing_ok=True)
    if settings.half:
        store_in_halves(whole)
    write(whole, metadata, path)
    int8 = None
    if quantised is not None:
        int8 = path.with_name("model.int8.onnx")
        whole = assemble(quantised, head, network.parts, spec.detector)
        if settings.half:
            store_in_halves(whole)
        write(whole, metadata, int8)
    return ExportReport(path, len(pictures), box, score, int8)


def make_spec(trained: TrainedNetwork, settings: ExportSettings) -> ModelSpec:
    """What the files say of themselves."""
    parts = trained.network.parts
    return settings.model_spec(
        "detection",
        labels=trained.labels,
        size=parts.size,
        anchors=[
            (float(width), float(height))
            for level in parts.levels
            for width, height in level.shapes
        ],
        training_data=trained.training_data,
    )
