"""A COCO-trained YOLOX file on labelled road scenes: a model to be compared with.

    python -m benchmarks.yolox_peer --model yolox_nano.onnx --data data/streets/val data/highway/val

It is scored as ``roadsight evaluate detection`` scores a model of ours; with the same ``--count``
on both, the figures are comparable. Classes that COCO has not are ignored. ``--beside`` names model
files of ours that are timed in turns with it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console

from benchmarks.raw_onnx import one_thread_session
from benchmarks.yolox_onnx import COCO_IDS, YoloxDetector
from training.boxes.class_map import ClassMap
from training.boxes.dataset import BoxDataset
from training.boxes.evaluate import read_sets
from training.boxes.evaluate_settings import EvaluateBoxesSettings
from training.boxes.evaluation import evaluate_model
from training.boxes.evaluation_report import as_table
from training.detection.road_classes import ROAD_CLASSES
from training.errors import TrainingError
from vision.model_spec import ModelSpec
from vision.preprocessing import UInt8Image, letterbox

SCORE_THRESHOLD = 0.25
"""Lowest score of a box when time is taken, and for precision and recall."""
_MOST = 100
_PICTURES = 50

Step = Callable[[UInt8Image], object]
"""From a decoded picture, uint8 (H, W, 3), BGR, to what is found in it."""


def main(arguments: list[str] | None = None) -> int:
    """Prints scores and times; 1 if something cannot be used."""
    parser = argparse.ArgumentParser(
        prog="yolox_peer",
        description=(__doc__ or "").partition("\n")[0],
    )
    parser.add_argument("--model", type=Path, required=True, help="YOLOX, as exported, COCO-80")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, help="folders of labelled road scenes"
    )
    parser.add_argument("--classes", type=Path, default=ROAD_CLASSES, help="a class map")
    parser.add_argument(
        "--count",
        type=lambda words: words.split(","),
        help="classes that count, with commas between (default: all of the map that COCO has)",
    )
    parser.add_argument(
        "--beside", type=Path, nargs="*", default=[], help="model files of ours, to be timed too"
    )
    options = parser.parse_args(arguments)
    for path in (options.model, *options.beside):
        if not path.is_file():
            parser.error(f"there is no model file {path}")
    try:
        labels = ClassMap.read(options.classes).labels
        known = [label for label in labels if label in COCO_IDS]
        strange = set(options.count or ()) - set(known)
        if strange:
            raise TrainingError(
                f"--count: expected classes that the map and COCO have, {', '.join(known)}, got "
                f"{', '.join(sorted(strange))}"
            )
        settings = EvaluateBoxesSettings(
            data=options.data,
            model=options.model,
            classes=options.classes,
            count=options.count or known,
        )
        detector = YoloxDetector(options.model, labels)
        datasets = read_sets(settings, labels)
        steps = {str(path): our_step(path) for path in options.beside}
        scores = {
            dataset.name: evaluate_model(detector, dataset, SCORE_THRESHOLD).scores
            for dataset in datasets
        }
    except (TrainingError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    Console().print(as_table(f"{options.model}, counting {', '.join(settings.count)}", scores))
    peer: Step = lambda picture: detector.detect(picture, SCORE_THRESHOLD, _MOST)  # noqa: E731
    times = median_ms({str(options.model): peer, **steps}, sample_pictures(datasets))
    print("ms from a decoded picture to boxes, one thread, batch 1, median:")
    for name, milliseconds in times.items():
        print(f"{milliseconds:8.1f}  {name}")
    return 0


def our_step(path: Path) -> Step:
    """A detector's file of ours: the letterbox and one run.

    Raises:
        ValueError: the file does not say what its input is.
    """
    session = one_thread_session(path)
    spec = ModelSpec.from_metadata(session.get_modelmeta().custom_metadata_map)
    name = session.get_inputs()[0].name

    def step(picture: UInt8Image) -> object:
        pixels, _ = letterbox(picture, spec.input_width, spec.input_height)
        return session.run(
            None, {name: pixels[None] if spec.colour_order == "BGR" else pixels[None, ..., ::-1]}
        )

    return step


def sample_pictures(datasets: Sequence[BoxDataset]) -> list[UInt8Image]:
    """Some pictures of each set, at even distances."""
    paths = [
        image.path
        for dataset in datasets
        for image in dataset.images[:: max(len(dataset) // _PICTURES, 1)][:_PICTURES]
    ]
    return [np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8) for path in paths]


def median_ms(steps: Mapping[str, Step], pictures: Sequence[UInt8Image]) -> dict[str, float]:
    """Median time of each step, in milliseconds; in turns, so that what else runs weighs on all."""
    cv2.setNumThreads(1)
    times: dict[str, list[float]] = {name: [] for name in steps}
    for picture in pictures:
        for name, step in steps.items():
            start = time.perf_counter()
            step(picture)
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: float(np.median(of_step)) for name, of_step in times.items()}


if __name__ == "__main__":
    sys.exit(main())
