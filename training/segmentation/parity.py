"""Whether an exported file answers as the network does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from training.errors import ExportError
from vision.class_map import CLASS_MAP

if TYPE_CHECKING:
    import keras

EQUAL = 0.9999
"""Smallest share of pixels to which the network and the file give the same class."""

_BATCHES = (1, 2)


def check_parity(network: keras.Model, path: Path, pictures: npt.NDArray[np.uint8]) -> float:
    """Compares the class maps of a file with those of the network, one picture and two at a time.

    Args:
        network: as :func:`training.segmentation.network.build_network` gives it.
        path: the model file made of it.
        pictures: uint8 (N, height, width, 3), RGB.

    Returns:
        The share of pixels with the same class.

    Raises:
        ExportError: it is below :data:`EQUAL`.
    """
    import onnxruntime

    from training.segmentation.decision import runner

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    ends = np.cumsum(np.resize(_BATCHES, len(pictures)))
    run = runner(network)
    equal = 0
    for batch in np.split(pictures, ends[ends < len(pictures)]):
        expected, _ = run(batch)
        (found,) = session.run([CLASS_MAP], {"image": batch})
        equal += int((expected == found).sum())
    share = equal / pictures[..., 0].size
    if share < EQUAL:
        raise ExportError(
            f"{path}: expected the network's class for {EQUAL:.2%} of the pixels of "
            f"{len(pictures)} pictures, got it for {share:.4%}; the file was not kept"
        )
    return share
