"""A model file as evaluation opens it: with ONNX Runtime on the CPU, as it is shipped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from training.errors import TrainingError
from training.packages import need_packages
from vision.model_spec import ModelSpec, ModelSpecError, Task

if TYPE_CHECKING:
    import onnxruntime

_ERRORS_ONLY = 3


def open_model_file(path: Path, task: Task) -> tuple[onnxruntime.InferenceSession, ModelSpec]:
    """A session of a model file, and what the file says of itself.

    Raises:
        TrainingError: there is no such file, or it is no model for the task.
    """
    need_packages("onnxruntime")
    import onnxruntime

    if not path.is_file():
        raise TrainingError(f"there is no model file {path}; write one by exporting a run")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # Its exceptions share no base of their own.
        raise TrainingError(f"{path} is no ONNX model that can be loaded: {error}") from error
    try:
        spec = ModelSpec.from_metadata(session.get_modelmeta().custom_metadata_map)
    except ModelSpecError as error:
        raise TrainingError(f"{path}: {error}") from error
    if spec.task != task:
        raise TrainingError(f"{path} is a model for {spec.task}, not for {task}")
    return session, spec
