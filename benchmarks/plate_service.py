"""The plates service with a JPEG, one caller, batch 1, one thread, against ONNX Runtime alone.

Both run the same file on the same machine, in turns of a window each, and are compared turn by
turn: what else the machine does then weighs on both alike. The client runs on the same cores.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import grpc
import numpy as np
import numpy.typing as npt

from benchmarks.frames import load_pictures
from benchmarks.raw_onnx import RawDetector
from benchmarks.running import running_service
from benchmarks.service_load import Step, rate, stream_call, unary_call
from cli.processes import free_port
from client.channel import CHANNEL_OPTIONS
from protos.common.v1 import common_pb2
from protos.endpoints import PLATES
from protos.plates.v1 import plates_pb2
from services.runtime.model_file import MODEL_INT8, find_model
from services.runtime.settings import ServiceSettings

RATIO_BAR = 1.25
"""A whole call takes at most this many times as long as ONNX Runtime alone."""

INT8_BAR = 2.0
"""ONNX Runtime is at least this many times as fast on the int8 model as on the float model."""

STAGES = ("decode", "queue", "preprocess", "inference", "postprocess")


@dataclass(frozen=True)
class Figure:
    """What was measured of one model file; medians over the turns.

    Attributes:
        file: the model file's name.
        raw_fps: inferences a second in one process, without what comes after them.
        nms_fps: the same, with the choice among the answers (NMS).
        unary_fps: unary calls a second.
        stream_fps: pictures a second over a stream.
        unary_ratio: time of a unary call as a multiple of an inference's in one process.
        stream_ratio: the same of a picture over a stream.
        stages_ms: mean time of each stage of a call on the server; ``rest`` is gRPC and the client.
    """

    file: str
    raw_fps: float
    nms_fps: float
    unary_fps: float
    stream_fps: float
    unary_ratio: float
    stream_ratio: float
    stages_ms: dict[str, float]

    @property
    def met(self) -> bool:
        """Whether the bar is met."""
        return max(self.unary_ratio, self.stream_ratio) <= RATIO_BAR


@dataclass(frozen=True)
class Report:
    """All figures of a run.

    Attributes:
        figures: one a model file, the float model's first.
        int8_gain: how many times as fast the int8 model is; None if there is none.
    """

    figures: list[Figure]
    int8_gain: float | None

    @property
    def met(self) -> bool:
        """Whether all bars are met."""
        return all(figure.met for figure in self.figures) and (
            self.int8_gain is None or self.int8_gain >= INT8_BAR
        )


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmark from the command line; the exit code is 0 if the bars are met."""
    parser = argparse.ArgumentParser(
        prog="plate_service",
        description="Time of a call of the plates service against ONNX Runtime alone.",
    )
    parser.add_argument("--pictures", type=Path, help="folder of JPEG files; else drawn ones")
    parser.add_argument(
        "--model",
        type=Path,
        help="model.onnx; else the newest in the repository. A model.int8.onnx beside it is "
        "measured too",
    )
    parser.add_argument("--turns", type=int, default=10, help="turns of a window each")
    parser.add_argument("--window", type=float, default=1.5, help="seconds of a window")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args(arguments)
    try:
        jpegs = load_pictures(options.pictures)
    except OSError as error:
        parser.error(f"--pictures: {error}")
    model = options.model or find_model(ServiceSettings().model_repository, PLATES.name)
    report = measure(jpegs, model, options.turns, options.window)
    print(table(report, jpegs))
    if options.json is not None:
        options.json.write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")
    return 0 if report.met else 1


def measure(jpegs: list[bytes], model: Path, turns: int, window_s: float) -> Report:
    """The figures of a model file and of the int8 file beside it, in windows of ``window_s``."""
    int8 = model.with_name(MODEL_INT8)
    files = [model, *([int8] if int8.is_file() and int8 != model else [])]
    # As the service does: its workers share the cores.
    cv2.setNumThreads(1)
    raws = [RawDetector(file, jpegs) for file in files]
    rates: npt.NDArray[np.float64] = np.zeros((turns, len(files), 4))
    stages: list[dict[str, float]] = []
    with _services(files, jpegs) as calls:
        for turn in range(turns):
            for index, raw in enumerate(raws):
                steps = (raw.infer, raw.infer_and_choose, calls[index].unary, calls[index].stream)
                rates[turn, index] = [rate([step], window_s) for step in steps]
        stages = [call.mean_stages_ms() for call in calls]
    figures = [
        figure(file.name, rates[:, index], stages[index]) for index, file in enumerate(files)
    ]
    gain = None
    if len(files) > 1:
        gain = float(np.median(rates[:, 1, 0] / rates[:, 0, 0]))
    return Report(figures, gain)


def figure(file: str, rates: npt.NDArray[np.float64], stages_ms: dict[str, float]) -> Figure:
    """The figure of one file.

    Args:
        file: its name.
        rates: (turns, 4): raw, raw with NMS, unary, stream; a second.
        stages_ms: mean time of each stage on the server.
    """
    raw, with_nms, unary, stream = np.median(rates, axis=0).tolist()
    unary_ratio, stream_ratio = np.median(rates[:, :1] / rates[:, 2:], axis=0).tolist()
    rest = 1000 / unary - sum(stages_ms.values())
    return Figure(
        file, raw, with_nms, unary, stream, unary_ratio, stream_ratio, {**stages_ms, "rest": rest}
    )


class _Calls:
    """Unary calls and a stream to one service; keeps what the unary replies say of the time."""

    def __init__(self, channel: grpc.Channel, requests: list[bytes]) -> None:
        path = f"/{PLATES.grpc_service}/"
        read = plates_pb2.DetectResponse.FromString
        self._unary = unary_call(channel, path + "Detect", requests, read)()
        self.stream: Step = stream_call(channel, path + "DetectStream", requests, read)()
        self._timings: list[common_pb2.Timing] = []

    def unary(self, number: int) -> None:
        """One unary call."""
        self._timings.append(self._unary(number).timing)

    def mean_stages_ms(self) -> dict[str, float]:
        """Mean time of each stage of the unary calls so far."""
        return {
            stage: float(np.mean([getattr(timing, f"{stage}_ms") for timing in self._timings]))
            for stage in STAGES
        }


@contextmanager
def _services(files: list[Path], jpegs: list[bytes]) -> Iterator[list[_Calls]]:
    """A service for each file, all at once: those that are not called do nothing."""
    if not files:
        yield []
        return
    requests = [
        plates_pb2.DetectRequest(image=common_pb2.Image(data=jpeg)).SerializeToString()
        for jpeg in jpegs
    ]
    port = free_port()
    with (
        running_service(PLATES, port, files[0]),
        grpc.insecure_channel(f"127.0.0.1:{port}", options=CHANNEL_OPTIONS) as channel,
        _services(files[1:], jpegs) as others,
    ):
        yield [_Calls(channel, requests), *others]


def table(report: Report, jpegs: list[bytes]) -> str:
    """The figures as text."""
    size = sum(map(len, jpegs)) / len(jpegs) / 1000
    lines = [
        f"{len(jpegs)} JPEG files of {size:.1f} kB, one caller, batch 1, one thread; "
        f"client and service on {os.cpu_count()} cores",
        f"{'':<18}{'raw/s':>8}{'+ NMS/s':>9}{'unary/s':>9}{'stream/s':>9}"
        f"{'unary/raw':>11}{'stream/raw':>11}   bar",
    ]
    for entry in report.figures:
        lines.append(
            f"{entry.file:<18}{entry.raw_fps:>8.1f}{entry.nms_fps:>9.1f}{entry.unary_fps:>9.1f}"
            f"{entry.stream_fps:>9.1f}{entry.unary_ratio:>11.3f}{entry.stream_ratio:>11.3f}"
            f"   {RATIO_BAR} {_words(entry.met)}"
        )
    if report.int8_gain is not None:
        met = _words(report.int8_gain >= INT8_BAR)
        lines.append(f"int8 is {report.int8_gain:.2f} x as fast as float; bar {INT8_BAR} {met}")
    names = [*STAGES, "rest"]
    lines.append(f"{'ms of a unary call':<18}" + "".join(f"{name:>12}" for name in names))
    for entry in report.figures:
        total = sum(entry.stages_ms.values())
        shares = (f"{ms:.2f} {ms / total:4.0%}" for ms in map(entry.stages_ms.__getitem__, names))
        lines.append(f"{entry.file:<18}" + "".join(f"{share:>12}" for share in shares))
    return "\n".join(lines)


def _words(met: bool) -> str:
    return "met" if met else "NOT MET"


if __name__ == "__main__":
    sys.exit(main())
