"""The same network in Keras, in ONNX Runtime and, through ``.cfg`` and ``.weights``, in OpenCV 4.

OpenCV 5 has no reader for darknet's files any more, so OpenCV 4 runs in an environment of its own:
``make darknet-check`` makes it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from training.errors import TrainingError
from training.packages import need_packages, quiet_tensorflow
from training.plates.export import export_network
from training.plates.export_settings import ExportSettings

BOX_TOLERANCE = 1.0
"""Pixels of the input."""
SCORE_TOLERANCE = 0.01

_LIKELY_SCORE = 0.2
"""OpenCV's region layer answers no score below this one."""
_READER = Path(__file__).with_name("opencv4_darknet.py")

Answers = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Boxes (N, A, 4) and scores (N, A, C)."""


@dataclass(frozen=True)
class Difference:
    """How far a runtime's answers lie from Keras'.

    Attributes:
        runtime: what ran the network.
        compared: boxes with a score that counts, over all pictures.
        box: the largest difference of one of their sides, in pixels of the input.
        score: the largest difference of one of their scores.
    """

    runtime: str
    compared: int
    box: float
    score: float

    @property
    def passed(self) -> bool:
        """Whether there was something to compare, and it agrees."""
        return self.compared > 0 and self.box <= BOX_TOLERANCE and self.score <= SCORE_TOLERANCE


def compare(runtime: str, found: Answers, expected: Answers) -> Difference:
    """Differences of the boxes that are found with a score that counts, by either of the two."""
    if [array.shape for array in found] != [array.shape for array in expected]:
        raise TrainingError(
            f"{runtime}: expected shapes {[array.shape for array in expected]}, got "
            f"{[array.shape for array in found]}"
        )
    # A little above OpenCV's threshold, so that neither side is cut off.
    likely = np.maximum(found[1], expected[1]).max(axis=2) > _LIKELY_SCORE + SCORE_TOLERANCE
    boxes = np.abs(found[0] - expected[0])[likely]
    # Of several classes, OpenCV leaves the unlikely ones at 0.
    counted = likely[..., None] & (expected[1] > _LIKELY_SCORE + SCORE_TOLERANCE)
    scores = np.abs(found[1] - expected[1])[counted]
    return Difference(
        runtime, int(likely.sum()), float(boxes.max(initial=0)), float(scores.max(initial=0))
    )


def measure(run: Path | None, pictures: list[Path], count: int, opencv4: Path) -> list[Difference]:
    """Runs a network in all three.

    Args:
        run: folder of a training run; None: an untrained network.
        pictures: folders with pictures; none: drawn ones.
        count: how many pictures.
        opencv4: a Python that has OpenCV 4.

    Raises:
        TrainingError: the run or the pictures cannot be used, or OpenCV 4 does not run.
    """
    from training.calibration import read_pictures
    from training.plates.onnx_model import OUTPUTS, sample_pictures, with_decoding
    from training.plates.trained import read_trained

    trained = read_trained(run) if run else _untrained()
    inputs = (
        read_pictures(pictures, count, trained.size, trained.size)
        if pictures
        else sample_pictures(count, trained.size)
    )
    served = with_decoding(trained)
    answers = [served(picture[None], training=False) for picture in inputs]
    boxes, scores = (
        np.concatenate([np.asarray(answer[name]) for answer in answers]) for name in OUTPUTS
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = ExportSettings(output=Path(folder, "model.onnx"), half=False, darknet=True)
        report = export_network(trained, settings)
        assert report.darknet is not None
        in_onnx = _in_onnx_runtime(report.path, inputs)
        version, in_opencv = _in_opencv(opencv4, report.darknet, inputs, Path(folder))
    return [
        compare("ONNX Runtime", in_onnx, (boxes, scores)),
        compare(f"OpenCV {version}", in_opencv, (boxes, scores)),
    ]


def show(differences: list[Difference], console: Console) -> None:
    """Prints the table."""
    table = Table(title="Differences from Keras")
    for heading in ("Runtime", "Boxes", "Largest, pixels", "Largest score", ""):
        table.add_column(heading, justify="left" if heading in ("Runtime", "") else "right")
    for entry in differences:
        table.add_row(
            entry.runtime,
            str(entry.compared),
            f"{entry.box:.4f}",
            f"{entry.score:.6f}",
            "same" if entry.passed else "DIFFERENT",
        )
    console.print(table)


def main() -> int:
    """Prints the table; 1 if a runtime differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, help="a training run (default: an untrained network)")
    parser.add_argument(
        "--pictures", type=Path, nargs="*", default=[], help="folders (default: drawn pictures)"
    )
    parser.add_argument("--count", type=int, default=20, help="how many pictures")
    parser.add_argument("--opencv4", type=Path, required=True, help="a Python that has OpenCV 4")
    options = parser.parse_args()
    need_packages("keras", "tensorflow", "tf2onnx", "onnx", "onnxruntime")
    quiet_tensorflow()
    try:
        differences = measure(options.run, options.pictures, options.count, options.opencv4)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    show(differences, Console())
    return 0 if all(entry.passed for entry in differences) else 1


def _untrained() -> Any:
    """Random weights and statistics that spread the answers: many boxes, none of them sensible."""
    import keras

    from training.plates.network import COCO_ANCHORS, build_network, convolutions
    from training.plates.trained import TrainedNetwork

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    network = build_network(1)
    for convolution, norm in convolutions(network):
        if norm is None:
            kernel, bias = convolution.get_weights()
            convolution.set_weights([kernel, rng.normal(0, 0.5, bias.shape)])
        else:
            shape = norm.gamma.shape
            gamma, variance = rng.uniform(0.8, 1.4, shape), rng.uniform(0.3, 2, shape)
            norm.set_weights([gamma, *rng.normal(0, 0.3, (2, *shape)), variance])
    return TrainedNetwork(network, COCO_ANCHORS, ("plate",), 416)


def _in_onnx_runtime(path: Path, inputs: npt.NDArray[np.uint8]) -> Answers:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    runs = [session.run(["boxes", "scores"], {"image": picture[None]}) for picture in inputs]
    boxes, scores = (np.concatenate(arrays) for arrays in zip(*runs, strict=True))
    return boxes, scores


def _in_opencv(
    python: Path, network: tuple[Path, Path], inputs: npt.NDArray[np.uint8], folder: Path
) -> tuple[str, Answers]:
    given, answered = folder / "inputs.npy", folder / "answers.npz"
    np.save(given, inputs)
    command = [python, _READER, *network, given, answered]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise TrainingError(f"{python}: cannot be run ({error.strerror})") from error
    if result.returncode:
        raise TrainingError(f"OpenCV 4 does not run the network: {result.stderr.strip()}")
    with np.load(answered) as file:
        return str(file["version"]), (file["boxes"], file["scores"])


if __name__ == "__main__":
    sys.exit(main())
