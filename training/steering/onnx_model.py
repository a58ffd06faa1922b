"""A steering model file as evaluation sees it: with ONNX Runtime, as it is shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.onnx_file import open_model_file
from vision.preprocessing import UInt8Image, crop_and_resize


class OnnxSteering:
    """Answers pictures from a model file.

    Args:
        path: the model file.

    Raises:
        TrainingError: there is no such file, or it is no steering model.
    """

    def __init__(self, path: Path) -> None:
        self._session, self.spec = open_model_file(path, "steering")
        import onnxruntime

        # The feature maps cost time; a run computes them only when they are asked for.
        self._options = onnxruntime.RunOptions()
        self._options.only_execute_path_to_fetches = True

    def predict(self, inputs: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Answers a batch of network inputs.

        Args:
            inputs: uint8 (N, height, width, 3), as :meth:`prepare` gives them.

        Returns:
            float32 (N, K), columns as in the spec's labels.
        """
        (answer,) = self._session.run(["predictions"], {"image": inputs}, self._options)
        return np.asarray(answer, np.float32)

    def prepare(self, picture: UInt8Image) -> UInt8Image:
        """A camera's picture, uint8 BGR, as the network's input: what serving does."""
        spec = self.spec
        cut = crop_and_resize(picture, spec.crop, spec.input_width, spec.input_height)
        return cut if spec.colour_order == "BGR" else np.ascontiguousarray(cut[..., ::-1])
