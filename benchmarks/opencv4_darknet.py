"""Runs a darknet network in OpenCV 4. Needs nothing but NumPy and OpenCV 4, and nothing of ours.

    python opencv4_darknet.py NETWORK.cfg NETWORK.weights INPUTS.npy ANSWERS.npz

INPUTS: uint8 (N, H, W, 3), RGB, of the network's size. ANSWERS: ``boxes`` float32 (N, A, 4), x_min,
y_min, x_max, y_max in pixels of the input, and ``scores`` float32 (N, A, C), in the order in which
OpenCV's region layers give them: coarse grid first, then by row, column and anchor.
"""

from __future__ import annotations

import sys

import cv2
import numpy as np
import numpy.typing as npt


def main(cfg: str, weights: str, inputs: str, answers: str) -> None:
    """Runs all inputs, one at a time."""
    if not hasattr(cv2.dnn, "readNetFromDarknet"):
        sys.exit(f"OpenCV 4 reads darknet's files, and this is OpenCV {cv2.__version__}")
    network = cv2.dnn.readNetFromDarknet(cfg, weights)
    heads = network.getUnconnectedOutLayersNames()
    rows = np.stack([_run(network, heads, picture) for picture in np.load(inputs)])
    height, width = np.load(inputs, mmap_mode="r").shape[1:3]
    centre, half = rows[..., :2], rows[..., 2:4] / 2
    boxes = np.concatenate([centre - half, centre + half], axis=-1)
    boxes *= np.array([width, height, width, height], np.float32)
    np.savez(answers, boxes=boxes, scores=rows[..., 5:], version=np.array(cv2.__version__))


def _run(
    network: cv2.dnn.Net, heads: list[str], picture: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """Centre and size as shares of the input, objectness, scores: float32 (A, 5 + C)."""
    # The pictures are in RGB already: nothing to swap.
    network.setInput(cv2.dnn.blobFromImage(picture, 1 / 255, swapRB=False))
    return np.concatenate(network.forward(heads))


if __name__ == "__main__":
    main(*sys.argv[1:5])
