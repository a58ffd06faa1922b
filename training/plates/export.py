"""From a training run to the model files that the plates service reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.packages import need_packages, quiet_tensorflow
from training.plates.export_settings import ExportSettings
from vision.model_spec import ModelSpec

if TYPE_CHECKING:
    import onnx

    from training.plates.trained import TrainedNetwork


@dataclass(frozen=True)
class ExportReport:
    """What was written.

    Attributes:
        path: the float model file.
        box_difference: of the float file from Keras, in pixels of the input.
        score_difference: of the float file from Keras.
        int8: the int8 model file, if asked for.
        darknet: the ``.cfg`` and the ``.weights`` file, if asked for.
    """

    path: Path
    box_difference: float
    score_difference: float
    int8: Path | None = None
    darknet: tuple[Path, Path] | None = None


def export(settings: ExportSettings) -> ExportReport:
    """Writes an epoch of a run as model files, the float one checked against Keras.

    Raises:
        ExportError: a file does not answer as the network does; it is not at the output then.
        RunError: the folder holds no run, or no finished epoch.
        TrainingError: there are no pictures to calibrate with.
    """
    need_packages("keras", "tensorflow", "tf2onnx", "onnx", "onnxruntime")
    quiet_tensorflow()
    from training.plates.trained import read_trained

    settings.check()
    return export_network(read_trained(settings.run, settings.epoch), settings)


def export_network(trained: TrainedNetwork, settings: ExportSettings) -> ExportReport:
    """Writes a network as model files; as :func:`export`."""
    from training.onnx_graph import store_in_halves, write
    from training.plates.onnx_model import check_parity, convert, with_decoding

    served = with_decoding(trained)
    model = convert(served)
    metadata = make_spec(trained, settings).to_metadata()
    path = settings.output
    fresh = path.with_name(path.name + ".unchecked")
    # Made before the float weights are rounded, written when the float file has passed.
    quantised = _quantised(model, trained.size, settings) if settings.int8 else None
    if settings.half:
        store_in_halves(model)
    try:
        write(model, metadata, fresh)
        box, score = check_parity(served, fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    int8 = None
    if quantised is not None:
        int8 = path.with_name("model.int8.onnx")
        write(quantised, metadata, int8)
    darknet = _write_darknet(trained, path) if settings.darknet else None
    return ExportReport(path, box, score, int8, darknet)


def make_spec(trained: TrainedNetwork, settings: ExportSettings) -> ModelSpec:
    """What the files say of themselves."""
    return settings.model_spec(
        "plates",
        labels=trained.labels,
        size=trained.size,
        anchors=trained.anchors.sizes,
        training_data=trained.training_data,
    )


def _quantised(model: onnx.ModelProto, size: int, settings: ExportSettings) -> onnx.ModelProto:
    from training.calibration import read_pictures
    from training.quantisation import quantise

    pictures = read_pictures(settings.calibration, settings.calibration_pictures, size, size)
    return quantise(model, pictures, settings.calibration_method)


def _write_darknet(trained: TrainedNetwork, path: Path) -> tuple[Path, Path]:
    from training.plates.darknet_cfg import write_cfg
    from training.plates.darknet_weights import write_weights

    cfg, weights = path.with_suffix(".cfg"), path.with_suffix(".weights")
    write_cfg(trained.network, trained.anchors, len(trained.labels), cfg)
    write_weights(trained.network, weights)
    return cfg, weights
