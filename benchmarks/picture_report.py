"""What was measured of a service that sees pictures, the bars, and how it is printed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from benchmarks.raw_onnx import RawDetector
from benchmarks.raw_segmenter import RawSegmenter
from protos.detection.v1 import detection_pb2
from protos.endpoints import DETECTION, PLATES, SEGMENTATION, Endpoint
from protos.plates.v1 import plates_pb2
from protos.segmentation.v1 import segmentation_pb2

STAGES = ("decode", "queue", "preprocess", "inference", "postprocess")


class RawModel(Protocol):
    """A model file that is run in this process."""

    def infer(self, number: int) -> Any:
        """Runs it on picture ``number``."""

    def infer_and_finish(self, number: int) -> Any:
        """The same, and what a caller needs besides."""


@dataclass(frozen=True)
class MeasuredService:
    """A service that sees pictures, and what it has to reach.

    Attributes:
        endpoint: its name.
        messages: the generated module of its contract.
        ratio_bar: a whole call takes at most this many times as long as ONNX Runtime alone.
        int8_bar: ONNX Runtime is at least this many times as fast on the int8 model as on the float
            model; None where that is only told.
        raw: runs a model file in this process, for pictures.
        finish: what comes after an inference, in a word.
        method: its unary call; the stream's name and those of the messages follow from it.
    """

    endpoint: Endpoint
    messages: ModuleType
    ratio_bar: float
    int8_bar: float | None
    raw: Callable[[Path, list[bytes]], RawModel] = RawDetector
    finish: str = "NMS"
    method: str = "Detect"


PLATE_SERVICE = MeasuredService(PLATES, plates_pb2, ratio_bar=1.25, int8_bar=2.0)
DETECTION_SERVICE = MeasuredService(DETECTION, detection_pb2, ratio_bar=1.2, int8_bar=None)
SEGMENTATION_SERVICE = MeasuredService(
    SEGMENTATION,
    segmentation_pb2,
    ratio_bar=1.25,
    int8_bar=None,
    raw=RawSegmenter,
    finish="size",
    method="Segment",
)


@dataclass(frozen=True)
class Figure:
    """What was measured of one model file; medians over the turns.

    Attributes:
        file: the model file's name.
        raw_fps: inferences a second in one process, without what comes after them.
        finished_fps: the same, with what comes after them: the choice among boxes where that is not
            in the graph, or the class map in the picture's size.
        unary_fps: unary calls a second.
        stream_fps: pictures a second over a stream.
        unary_ratio: time of a unary call as a multiple of an inference's in one process.
        stream_ratio: the same of a picture over a stream.
        stages_ms: mean time of each stage of a call on the server; ``rest`` is gRPC and the client.
    """

    file: str
    raw_fps: float
    finished_fps: float
    unary_fps: float
    stream_fps: float
    unary_ratio: float
    stream_ratio: float
    stages_ms: dict[str, float]

    def meets(self, ratio_bar: float) -> bool:
        """Whether a whole call is within the bar."""
        return max(self.unary_ratio, self.stream_ratio) <= ratio_bar


@dataclass(frozen=True)
class Report:
    """All figures of a run.

    Attributes:
        service: what was measured.
        figures: one a model file, the float model's first.
        int8_gain: how many times as fast the int8 model is; None if there is none.
        peers_ms: time of other models in ONNX Runtime alone, in milliseconds, by name.
    """

    service: MeasuredService
    figures: list[Figure]
    int8_gain: float | None
    peers_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def int8_met(self) -> bool:
        """Whether the int8 model, if there is one, is as fast as it has to be."""
        bar = self.service.int8_bar
        return self.int8_gain is None or bar is None or self.int8_gain >= bar

    @property
    def met(self) -> bool:
        """Whether all bars are met."""
        bar = self.service.ratio_bar
        return self.int8_met and all(figure.meets(bar) for figure in self.figures)


def figure(file: str, rates: npt.NDArray[np.float64], stages_ms: dict[str, float]) -> Figure:
    """The figure of one file.

    Args:
        file: its name.
        rates: (turns, 4): raw, raw with what comes after, unary, stream; a second.
        stages_ms: mean time of each stage on the server.
    """
    raw, finished, unary, stream = np.median(rates, axis=0).tolist()
    unary_ratio, stream_ratio = np.median(rates[:, :1] / rates[:, 2:], axis=0).tolist()
    rest = 1000 / unary - sum(stages_ms.values())
    return Figure(
        file, raw, finished, unary, stream, unary_ratio, stream_ratio, {**stages_ms, "rest": rest}
    )


def table(report: Report, jpegs: list[bytes]) -> str:
    """The figures as text."""
    bar, int8_bar = report.service.ratio_bar, report.service.int8_bar
    size = sum(map(len, jpegs)) / len(jpegs) / 1000
    lines = [
        f"{len(jpegs)} JPEG files of {size:.1f} kB, one caller, batch 1, one thread; "
        f"client and service on {os.cpu_count()} cores",
        f"{'':<18}{'raw/s':>8}{f'+ {report.service.finish}/s':>9}{'unary/s':>9}{'stream/s':>9}"
        f"{'unary/raw':>11}{'stream/raw':>11}   bar",
    ]
    for entry in report.figures:
        lines.append(
            f"{entry.file:<18}{entry.raw_fps:>8.1f}{entry.finished_fps:>9.1f}{entry.unary_fps:>9.1f}"
            f"{entry.stream_fps:>9.1f}{entry.unary_ratio:>11.3f}{entry.stream_ratio:>11.3f}"
            f"   {bar} {_words(entry.meets(bar))}"
        )
    if report.int8_gain is not None:
        told = "" if int8_bar is None else f"; bar {int8_bar} {_words(report.int8_met)}"
        lines.append(f"int8 is {report.int8_gain:.2f} x as fast as float{told}")
    names = [*STAGES, "rest"]
    lines.append(f"{'ms of a unary call':<18}" + "".join(f"{name:>12}" for name in names))
    for entry in report.figures:
        total = sum(entry.stages_ms.values())
        shares = (f"{ms:.2f} {ms / total:4.0%}" for ms in map(entry.stages_ms.__getitem__, names))
        lines.append(f"{entry.file:<18}" + "".join(f"{share:>12}" for share in shares))
    if report.peers_ms:
        lines.append("ms of a picture in ONNX Runtime alone, one thread, batch 1")
        ours = {entry.file: 1000 / entry.raw_fps for entry in report.figures}
        lines += [f"{ms:>10.2f}  {name}" for name, ms in (ours | dict(report.peers_ms)).items()]
    return "\n".join(lines)


def _words(met: bool) -> str:
    return "met" if met else "NOT MET"
