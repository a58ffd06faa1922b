"""From a training run to the model file that the steering service reads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from training.errors import ExportError
from training.packages import need_packages, quiet_tensorflow
from training.runs import RunFolder
from training.steering.dataset import OUTPUT_SCALES
from training.steering.evaluate import score_recordings
from training.steering.onnx_model import OnnxSteering
from training.steering.patches import CROP, INPUT_HEIGHT, INPUT_WIDTH
from training.steering.runs import RunDescription
from training.steering.settings import ExportSettings
from vision.model_spec import ModelSpec

if TYPE_CHECKING:
    import keras

TOLERANCE = 1e-4
"""Largest difference between Keras and the file, in normalised steering."""
_OPSET = 17
_MAX_IR_VERSION = 10
_PARITY_BATCHES = (1, 8)


@dataclass(frozen=True)
class ExportReport:
    """What was written.

    Attributes:
        path: the model file.
        size_bytes: its size.
        largest_difference: between Keras and the file, over the parity check's pictures.
        scores: figures in the metadata.
    """

    path: Path
    size_bytes: int
    largest_difference: float
    scores: dict[str, float]


def export(settings: ExportSettings) -> ExportReport:
    """Writes the best epoch of a run as an ONNX file, checked against Keras.

    Raises:
        ExportError: the file does not answer as the network does; nothing is left at the output.
        RunError: the folder holds no run, or no finished epoch.
    """
    need_packages("keras", "tensorflow", "tf2onnx", "onnx", "onnxruntime")
    quiet_tensorflow()
    from training.steering.network import build_network, with_feature_maps

    folder = RunFolder(settings.run)
    description = RunDescription.read(folder)
    network = build_network(description.recipe, len(description.outputs))
    network.set_weights(folder.read_best())
    shipped = with_feature_maps(network, [OUTPUT_SCALES[name] for name in description.outputs])
    fresh = settings.output.with_name(settings.output.name + ".new")
    fresh.parent.mkdir(parents=True, exist_ok=True)
    try:
        graph = _convert(shipped)
        _write(graph, _spec(settings, description, {}), fresh)
        difference = check_parity(shipped, fresh)
        scores = {
            f"{name} {figure}": round(value, 4)
            for name, found in score_recordings(
                OnnxSteering(fresh), settings.recordings, "last-fifth"
            ).items()
            for figure, value in (("r", found.r), ("turn_mae", found.turn_mae))
        }
        _write(graph, _spec(settings, description, scores), fresh)
        os.replace(fresh, settings.output)
    finally:
        fresh.unlink(missing_ok=True)
    return ExportReport(settings.output, settings.output.stat().st_size, difference, scores)


def check_parity(shipped: keras.Model, path: Path) -> float:
    """Compares a model file with the network it was made from, for one picture and for eight.

    Args:
        shipped: from :func:`training.steering.network.with_feature_maps`.
        path: the model file.

    Returns:
        The largest difference of all outputs.

    Raises:
        ExportError: it is above :data:`TOLERANCE`, relative to an output's size where that is
            above 1.
    """
    import onnxruntime
    from keras import ops

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    worst = 0.0
    for count in _PARITY_BATCHES:
        pictures = sample_pictures(count)
        expected = {
            name: ops.convert_to_numpy(value)
            for name, value in shipped(pictures, training=False).items()
        }
        found = dict(zip(names, session.run(names, {"image": pictures}), strict=True))
        if set(found) != set(expected):
            raise ExportError(f"{path}: expected outputs {sorted(expected)}, got {sorted(found)}")
        for name, value in expected.items():
            if found[name].shape != value.shape:
                raise ExportError(
                    f"{path}: '{name}' has shape {found[name].shape}, expected {value.shape}"
                )
            scale = max(1.0, float(np.abs(value).max()))
            difference = float(np.abs(found[name] - value).max()) / scale
            if not difference <= TOLERANCE:
                raise ExportError(
                    f"{path}: '{name}' differs from Keras by {difference:.2e} for {count} "
                    f"picture(s), more than {TOLERANCE:.0e}; the file was not kept"
                )
            worst = max(worst, difference)
    return worst


def sample_pictures(count: int) -> npt.NDArray[np.uint8]:
    """Drawn roads of different bends and lights: uint8 (count, 66, 200, 3), the same every time."""
    rng = np.random.default_rng(5)
    row, column = np.mgrid[0:INPUT_HEIGHT, 0:INPUT_WIDTH].astype(np.float32)
    near = (row + 4) / INPUT_HEIGHT
    pictures = np.empty((count, INPUT_HEIGHT, INPUT_WIDTH, 3), np.uint8)
    for picture in pictures:
        middle = INPUT_WIDTH / 2 + rng.uniform(-60, 60) * (1 - near) ** 2 + rng.uniform(-20, 20)
        road = np.abs(column - middle) < 10 + 80 * near
        base = np.where(road[..., None], rng.uniform(70, 130, 3), rng.uniform(40, 200, 3))
        grain = rng.normal(0, 12, base.shape)
        picture[:] = np.clip((base + grain) * rng.uniform(0.6, 1.3), 0, 255)
    return pictures


def _convert(shipped: keras.Model) -> Any:
    import tensorflow as tf
    import tf2onnx

    signature = [tf.TensorSpec((None, INPUT_HEIGHT, INPUT_WIDTH, 3), tf.uint8, name="image")]
    graph, _ = tf2onnx.convert.from_keras(shipped, input_signature=signature, opset=_OPSET)
    graph.ir_version = min(graph.ir_version, _MAX_IR_VERSION)
    # Keras sorts a dictionary's outputs by name; the answer belongs in front of the maps.
    outputs = sorted(graph.graph.output, key=lambda value: value.name != "predictions")
    del graph.graph.output[:]
    graph.graph.output.extend(outputs)
    return graph


def _spec(
    settings: ExportSettings, description: RunDescription, scores: dict[str, float]
) -> ModelSpec:
    return ModelSpec(
        task="steering",
        name=settings.name,
        version=settings.version,
        labels=tuple(description.outputs),
        input_width=INPUT_WIDTH,
        input_height=INPUT_HEIGHT,
        colour_order="BGR",
        crop=CROP,
        training_data=tuple(settings.training_data)
        or tuple(use.name for use in description.recordings),
        scores=scores,
    )


def _write(graph: Any, spec: ModelSpec, path: Path) -> None:
    import onnx

    onnx.helper.set_model_props(graph, spec.to_metadata())
    onnx.save(graph, str(path))
