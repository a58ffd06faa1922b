"""Ways from a class map in a model's size to one in the picture's, on labelled road scenes.

    python -m benchmarks.class_map_scaling --data data/camvid/test
    python -m benchmarks.class_map_scaling --data data/camvid/test --model model.onnx --zoom 1.5 2

Without a model the masks are what a perfect one would say in smaller and larger sizes: how much is
lost by the way alone. With one it is asked about the middle of each picture, enlarged.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.raw_onnx import one_thread_session
from training.errors import TrainingError
from training.segmentation.dataset import MaskDataset, Sample, read_sample
from training.segmentation.metrics import Confusion
from training.segmentation.reading import read_set
from vision.class_map import CLASS_MAP, CONFIDENCE, ClassMap
from vision.class_map_scaling import Confidence, class_map_in_picture
from vision.model_spec import ModelSpec
from vision.segmenter_input import Region, segmenter_input

Way = Callable[[ClassMap, Confidence, Region, int, int], ClassMap]
"""As :func:`vision.class_map_scaling.class_map_in_picture`."""

WIDTHS = (160, 240, 320, 640)
"""Widths of a perfect model's class maps; the height follows from the picture's aspect."""


@dataclass(frozen=True)
class Case:
    """What a model said of a picture, and the truth.

    Attributes:
        class_map: uint8, in the model's size.
        confidence: float32, in the model's size.
        region: where the picture lies in there.
        truth: uint8, (H, W), in the picture's size: class ids, 255 where ignored.
    """

    class_map: ClassMap
    confidence: Confidence
    region: Region
    truth: ClassMap


def by_nearest(method: int) -> Way:
    """Each pixel takes the class of the nearest one of the model's, as OpenCV finds it."""

    def way(
        class_map: ClassMap, _: Confidence, region: Region, width: int, height: int
    ) -> ClassMap:
        rows = slice(region.top, region.top + region.height)
        columns = slice(region.left, region.left + region.width)
        scaled = cv2.resize(class_map[rows, columns], (width, height), interpolation=method)
        return np.asarray(scaled, np.uint8)

    return way


def by_equal_votes(
    class_map: ClassMap, confidence: Confidence, region: Region, width: int, height: int
) -> ClassMap:
    """As the service does it, but all four neighbours count as equally sure."""
    return class_map_in_picture(class_map, np.ones_like(confidence), region, width, height)


WAYS: dict[str, Way] = {
    "nearest (INTER_NEAREST)": by_nearest(cv2.INTER_NEAREST),
    "nearest (INTER_NEAREST_EXACT)": by_nearest(cv2.INTER_NEAREST_EXACT),
    "bilinear votes": by_equal_votes,
    "bilinear votes by confidence": class_map_in_picture,
}
"""The last one is the service's."""


def main(arguments: list[str] | None = None) -> int:
    """Prints a table for each size; 1 if something cannot be used."""
    parser = argparse.ArgumentParser(
        prog="class_map_scaling", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="pictures and masks")
    parser.add_argument("--model", type=Path, help="a segmentation model file of ours")
    parser.add_argument(
        "--zoom",
        type=float,
        nargs="+",
        default=[1.0, 1.5, 2.0],
        help="with a model: how much less of each picture it is shown, in each direction",
    )
    parser.add_argument("--limit", type=int, default=100, help="the most pictures")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        dataset = read_set(options.data)
        dataset = dataset.select(range(0, len(dataset), max(1, len(dataset) // options.limit)))
        if options.model is None:
            runs = {
                f"perfect class maps, {width} wide": perfect_cases(dataset, width)
                for width in WIDTHS
            }
        else:
            runs = {
                f"{options.model}, zoom {zoom:g}": model_cases(dataset, options.model, zoom)
                for zoom in options.zoom
            }
        for title, cases in runs.items():
            Console().print(compared(title, dataset.labels, cases))
    except (TrainingError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def perfect_cases(dataset: MaskDataset, width: int) -> Iterator[Case]:
    """What a perfect model would say in a width: of each class the share that it has of a pixel."""
    for image in dataset.images:
        mask = read_sample(image, dataset).mask
        height = round(mask.shape[0] * width / mask.shape[1])
        shares = np.stack(
            [
                cv2.resize(
                    (mask == class_id).astype(np.float32),
                    (width, height),
                    interpolation=cv2.INTER_AREA,
                )
                for class_id in range(len(dataset.labels))
            ]
        )
        yield Case(
            shares.argmax(axis=0).astype(np.uint8),
            shares.max(axis=0),
            Region(0, 0, width, height),
            mask,
        )


def model_cases(dataset: MaskDataset, model: Path, zoom: float) -> Iterator[Case]:
    """What a model says of the middle of each picture.

    Raises:
        ValueError: its labels are not those of the set.
    """
    session = one_thread_session(model)
    spec = ModelSpec.from_metadata(session.get_modelmeta().custom_metadata_map)
    if spec.labels != dataset.labels:
        raise ValueError(f"{model}: expected the labels {dataset.labels}, got {spec.labels}")
    name = session.get_inputs()[0].name
    for image in dataset.images:
        sample = _middle(read_sample(image, dataset), zoom)
        pixels, region = segmenter_input(sample.image, spec)
        class_map, confidence = session.run([CLASS_MAP, CONFIDENCE], {name: pixels[None]})
        yield Case(class_map[0], confidence[0], region, sample.mask)


def compared(title: str, labels: tuple[str, ...], cases: Iterable[Case]) -> Table:
    """A row for each way: mean IoU, pixel accuracy, and median time."""
    confusions = {name: Confusion(labels) for name in WAYS}
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    sizes = set()
    for case in cases:
        height, width = case.truth.shape
        sizes.add((case.region.width, case.region.height, width, height))
        for name, way in WAYS.items():
            start = time.perf_counter()
            answer = way(case.class_map, case.confidence, case.region, width, height)
            times[name].append(1000 * (time.perf_counter() - start))
            confusions[name].add(case.truth, answer)
    shown = ", ".join(f"{a}x{b} to {c}x{d}" for a, b, c, d in sorted(sizes)[:3])
    table = Table(title=f"{title}: {shown}")
    table.add_column("way")
    for heading in ("mIoU", "pixel accuracy", "ms"):
        table.add_column(heading, justify="right")
    for name, confusion in confusions.items():
        figures = f"{confusion.mean_iou:.4f}", f"{confusion.accuracy:.4f}"
        table.add_row(name, *figures, f"{np.median(times[name]):.2f}")
    return table


def _middle(sample: Sample, zoom: float) -> Sample:
    height, width = sample.mask.shape
    inner_width, inner_height = round(width / zoom), round(height / zoom)
    rows = slice((height - inner_height) // 2, (height - inner_height) // 2 + inner_height)
    columns = slice((width - inner_width) // 2, (width - inner_width) // 2 + inner_width)
    return Sample(np.ascontiguousarray(sample.image[rows, columns]), sample.mask[rows, columns])


if __name__ == "__main__":
    sys.exit(main())
