"""Another model's ONNX file that takes one picture: a model to be compared with in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.raw_onnx import one_thread_session

_TYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}


class PeerModel:
    """ONNX Runtime on the file, with one thread on the CPU and the input made beforehand.

    What comes before and after it (normalising, arg-max) is left out: that is in its favour.

    Args:
        model: the file; its one input is a picture, (1, 3, H, W) or (1, H, W, 3), of float or
            uint8.
        jpegs: the pictures, which are stretched to its size.
        size: width and height in pixels, where the file leaves them open.

    Attributes:
        width: of its input, in pixels.
        height: of its input, in pixels.

    Raises:
        ValueError: the file takes something else.
    """

    def __init__(self, model: Path, jpegs: list[bytes], size: tuple[int, int]) -> None:
        self._session = one_thread_session(model)
        entries = self._session.get_inputs()
        shape, kind = entries[0].shape, entries[0].type
        channels_first = len(shape) == 4 and shape[1] == 3
        channels_last = len(shape) == 4 and shape[3] == 3
        if len(entries) != 1 or not (channels_first or channels_last) or kind not in _TYPES:
            raise ValueError(
                f"{model}: expected one picture as input, (1, 3, H, W) or (1, H, W, 3) of float or "
                f"uint8, got {[(entry.name, entry.shape, entry.type) for entry in entries]}"
            )
        self._name = entries[0].name
        sides = shape[2:] if channels_first else shape[1:3]
        self.height = sides[0] if isinstance(sides[0], int) else size[1]
        self.width = sides[1] if isinstance(sides[1], int) else size[0]
        self._inputs = [self._input(jpeg, channels_first, _TYPES[kind]) for jpeg in jpegs]

    def infer(self, number: int) -> list[npt.NDArray[Any]]:
        """All outputs for picture ``number`` (modulo their count)."""
        answers: list[npt.NDArray[Any]] = self._session.run(
            None, {self._name: self._inputs[number % len(self._inputs)]}
        )
        return answers

    def _input(self, jpeg: bytes, channels_first: bool, kind: type[np.generic]) -> npt.NDArray[Any]:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
        assert picture is not None
        pixels = np.asarray(cv2.resize(picture, (self.width, self.height)))
        if kind is not np.uint8:
            pixels = (pixels / 255).astype(kind)
        return np.ascontiguousarray((pixels.transpose(2, 0, 1) if channels_first else pixels)[None])
