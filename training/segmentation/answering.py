"""From pictures of any size to their class maps, whatever runs the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from training.segmentation.scoring import Answer
from vision.class_map import ClassMap
from vision.class_map_scaling import class_map_in_picture
from vision.model_spec import ModelSpec
from vision.preprocessing import UInt8Image
from vision.segmenter_input import segmenter_input

Run = Callable[[npt.NDArray[np.uint8]], tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]]
"""From inputs, uint8 (N, H, W, 3), to class ids, uint8 (N, H, W), and confidence, float32."""


def answer_pictures(run: Run, spec: ModelSpec, mirrored: bool = False) -> Answer:
    """Answers pictures of any size as the service does.

    Args:
        run: answers inputs.
        spec: how pictures become inputs.
        mirrored: ask for each picture's mirror image too, and take of each pixel the surer answer.
    """

    def answer(pictures: Sequence[UInt8Image]) -> list[ClassMap]:
        placed = [segmenter_input(picture, spec) for picture in pictures]
        inputs = np.stack([pixels for pixels, _ in placed])
        ids, confidence = run(inputs)
        if mirrored:
            other_ids, other = (
                np.flip(array, axis=2) for array in run(np.ascontiguousarray(inputs[:, :, ::-1]))
            )
            ids = np.where(other > confidence, other_ids, ids)
            confidence = np.maximum(confidence, other)
        return [
            class_map_in_picture(one, sure, region, picture.shape[1], picture.shape[0])
            for one, sure, (_, region), picture in zip(
                ids, confidence, placed, pictures, strict=True
            )
        ]

    return answer
