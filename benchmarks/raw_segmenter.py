"""The least that any server of a segmentation model would need, in one process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.raw_onnx import one_thread_session
from vision.class_map import CLASS_MAP, CONFIDENCE, ClassMap
from vision.class_map_scaling import class_map_in_picture
from vision.model_spec import ModelSpec
from vision.segmenter_input import segmenter_input


class RawSegmenter:
    """ONNX Runtime on a segmentation file, one thread of the CPU, the input made beforehand.

    Args:
        model: the file.
        jpegs: the pictures.
    """

    def __init__(self, model: Path, jpegs: list[bytes]) -> None:
        self._session = one_thread_session(model)
        self._input = self._session.get_inputs()[0].name
        spec = ModelSpec.from_metadata(self._session.get_modelmeta().custom_metadata_map)
        if spec.segmenter is None:
            raise ValueError(f"{model}: expected a segmentation model, got one for {spec.task}")
        self._frames = []
        for jpeg in jpegs:
            picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
            pixels, region = segmenter_input(np.asarray(picture, np.uint8), spec)
            assert picture is not None
            self._frames.append((pixels[None], region, picture.shape[1], picture.shape[0]))

    def infer(self, number: int) -> list[npt.NDArray[Any]]:
        """Class map and confidence of picture ``number`` (modulo their count), in model's size."""
        pixels = self._frames[number % len(self._frames)][0]
        answers = self._session.run([CLASS_MAP, CONFIDENCE], {self._input: pixels})
        return [answer[0] for answer in answers]

    def infer_and_finish(self, number: int) -> ClassMap:
        """The class map of picture ``number`` in its own size."""
        _, region, width, height = self._frames[number % len(self._frames)]
        class_map, confidence = self.infer(number)
        return class_map_in_picture(class_map, confidence, region, width, height)
