"""A segmenter's model file as evaluation sees it: with ONNX Runtime, as it is shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.errors import TrainingError
from training.onnx_file import open_model_file
from vision.class_map import CLASS_MAP, CONFIDENCE


class OnnxSegmenter:
    """Answers inputs with a model file on the CPU.

    Args:
        path: the model file.

    Attributes:
        spec: what the file says of itself.

    Raises:
        TrainingError: there is no such file, or it is no segmenter.
    """

    def __init__(self, path: Path) -> None:
        self._session, self.spec = open_model_file(path, "segmentation")
        outputs = {output.name for output in self._session.get_outputs()}
        if self.spec.segmenter is None or not outputs.issuperset((CLASS_MAP, CONFIDENCE)):
            raise TrainingError(
                f"{path}: expected the metadata key 'segmenter' and the outputs {CLASS_MAP} and "
                f"{CONFIDENCE}, got outputs {sorted(outputs)}; export the run again"
            )
        self._input = self._session.get_inputs()[0].name

    def run(
        self, inputs: npt.NDArray[np.uint8]
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """Class ids, uint8 (N, H, W), and confidence, float32 (N, H, W), of inputs (N, H, W, 3)."""
        ids, confidence = self._session.run([CLASS_MAP, CONFIDENCE], {self._input: inputs})
        return np.asarray(ids, np.uint8), np.asarray(confidence, np.float32)
