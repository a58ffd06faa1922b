"""The least that any server would need: decoding, preprocessing and ONNX Runtime in one process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from vision.model_spec import ModelSpec
from vision.preprocessing import crop_and_resize


def raw_steering(model: Path, jpegs: list[bytes]) -> Callable[[int], None]:
    """Steers by frame ``number`` of ``jpegs`` (modulo their count), with one thread on the CPU.

    The function may be called from several threads at once.
    """
    # As the service does: its workers share the cores.
    cv2.setNumThreads(1)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    spec = ModelSpec.from_metadata(session.get_modelmeta().custom_metadata_map)
    name = session.get_inputs()[0].name

    def step(number: int) -> None:
        data = np.frombuffer(jpegs[number % len(jpegs)], np.uint8)
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
        pixels = crop_and_resize(picture, spec.crop, spec.input_width, spec.input_height)
        pixels = pixels if spec.colour_order == "BGR" else pixels[:, :, ::-1]
        session.run(["predictions"], {name: pixels[None]})

    return step
