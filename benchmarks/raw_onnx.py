"""The least that any server would need: decoding, preprocessing and ONNX Runtime in one process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from vision.detection_choice import Choice
from vision.detections import Detections
from vision.detector_graph import kind_of
from vision.model_spec import ModelSpec
from vision.preprocessing import crop_and_resize, letterbox

ERRORS_ONLY = 3
"""The severity from which ONNX Runtime speaks: its warnings are about how a graph was written."""


def raw_steering(model: Path, jpegs: list[bytes]) -> Callable[[int], None]:
    """Steers by frame ``number`` of ``jpegs`` (modulo their count), with one thread on the CPU.

    The function may be called from several threads at once.
    """
    # As the service does: its workers share the cores.
    cv2.setNumThreads(1)
    session = one_thread_session(model)
    spec = ModelSpec.from_metadata(session.get_modelmeta().custom_metadata_map)
    name = session.get_inputs()[0].name

    def step(number: int) -> None:
        data = np.frombuffer(jpegs[number % len(jpegs)], np.uint8)
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
        pixels = crop_and_resize(picture, spec.crop, spec.input_width, spec.input_height)
        pixels = pixels if spec.colour_order == "BGR" else pixels[:, :, ::-1]
        session.run(["predictions"], {name: pixels[None]})

    return step


class RawDetector:
    """ONNX Runtime on a detector's file, with one thread on the CPU and the input made beforehand.

    Args:
        model: the file.
        jpegs: the pictures.
    """

    def __init__(self, model: Path, jpegs: list[bytes]) -> None:
        self._session = one_thread_session(model)
        self._input = self._session.get_inputs()[0].name
        spec = ModelSpec.from_metadata(self._session.get_modelmeta().custom_metadata_map)
        if spec.detector is None:
            raise ValueError(f"{model}: expected a detector, got a model for {spec.task}")
        self._choice = Choice.of(spec.detector)
        outputs = [output.name for output in self._session.get_outputs()]
        self._graph = kind_of(outputs)(len(spec.labels))
        self._inputs = []
        for jpeg in jpegs:
            picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
            pixels, _ = letterbox(
                np.asarray(picture, np.uint8), spec.input_width, spec.input_height
            )
            self._inputs.append(pixels[None])

    def infer(self, number: int) -> list[npt.NDArray[Any]]:
        """The outputs for picture ``number`` (modulo their count), by the file's own thresholds."""
        pixels = self._inputs[number % len(self._inputs)]
        answers = self._session.run(list(self._graph.outputs), {self._input: pixels})
        return [answer[0] for answer in answers]

    def infer_and_finish(self, number: int) -> Detections:
        """The detections in picture ``number``, in pixels of the input."""
        return self._graph.detections(self.infer(number), self._choice)


def one_thread_session(model: Path) -> ort.InferenceSession:
    """ONNX Runtime on a file, with one thread on the CPU."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
