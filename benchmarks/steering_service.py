"""The steering service alone: JPEG in, closed loop, against the same work in one process.

The two are measured in turns, a window each, and compared turn by turn: what else the machine does
then weighs on both alike. The client runs on the same cores as the service.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import grpc
import numpy as np

from benchmarks.frames import load_frames
from benchmarks.raw_onnx import raw_steering
from benchmarks.running import running_service
from benchmarks.service_load import rate, stream_call, unary_call
from cli.processes import free_port
from client.channel import CHANNEL_OPTIONS
from protos.common.v1 import common_pb2
from protos.endpoints import STEERING
from protos.steering.v1 import steering_pb2
from services.runtime.model_file import find_model
from services.runtime.settings import ServiceSettings


@dataclass(frozen=True)
class Load:
    """One way of calling the service, and the share of the raw rate that it must reach.

    Attributes:
        callers: callers at the same time, each waiting for its answer before it asks again.
        raw_threads: threads of the process that it is compared with.
        stream: one stream for each caller instead of unary calls.
        bar: the least ratio of the rates.
    """

    callers: int
    raw_threads: int
    stream: bool
    bar: float

    @property
    def name(self) -> str:
        """The load in words."""
        kind = "stream" if self.stream else "unary"
        return f"{kind}, {self.callers} caller{'s' * (self.callers > 1)}"


LOADS = (
    Load(callers=1, raw_threads=1, stream=False, bar=0.60),
    Load(callers=8, raw_threads=2, stream=False, bar=0.65),
    Load(callers=1, raw_threads=1, stream=True, bar=0.60),
    Load(callers=8, raw_threads=2, stream=True, bar=0.65),
)


@dataclass(frozen=True)
class Figure:
    """The result for one load: median rates in frames a second, and the median ratio."""

    load: str
    service_fps: float
    raw_fps: float
    ratio: float
    bar: float

    @property
    def met(self) -> bool:
        """Whether the bar is met."""
        return self.ratio >= self.bar


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmark from the command line; the exit code is 0 if the bars are met."""
    parser = argparse.ArgumentParser(
        prog="steering_service",
        description="Rate of the steering service against the same work in one process.",
    )
    parser.add_argument("--recording", type=Path, help="frames of this recording; else drawn ones")
    parser.add_argument("--model", type=Path, help="model.onnx; else the newest in the repository")
    parser.add_argument("--turns", type=int, default=10, help="turns of a window each")
    parser.add_argument("--window", type=float, default=1.0, help="seconds of a window")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args(arguments)
    jpegs = load_frames(options.recording)
    model = options.model or find_model(ServiceSettings().model_repository, STEERING.name)
    figures = measure(jpegs, model, options.turns, options.window)
    print(table(figures, jpegs))
    if options.json is not None:
        text = json.dumps([asdict(figure) for figure in figures], indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0 if all(figure.met for figure in figures) else 1


def measure(jpegs: list[bytes], model: Path, turns: int, window_s: float) -> list[Figure]:
    """The figures of all loads, each measured in ``turns`` windows of ``window_s`` seconds."""
    raw = raw_steering(model, jpegs)
    requests = [
        steering_pb2.PredictRequest(image=common_pb2.Image(data=jpeg)).SerializeToString()
        for jpeg in jpegs
    ]
    port = free_port()
    figures = []
    with (
        running_service(STEERING, port, model),
        grpc.insecure_channel(f"127.0.0.1:{port}", options=CHANNEL_OPTIONS) as channel,
    ):
        for load in LOADS:
            pairs = []
            make = stream_call if load.stream else unary_call
            method = f"/{STEERING.grpc_service}/{'PredictStream' if load.stream else 'Predict'}"
            call = make(channel, method, requests, steering_pb2.PredictResponse.FromString)
            for _ in range(turns):
                raw_fps = rate([raw] * load.raw_threads, window_s)
                service_fps = rate([call() for _ in range(load.callers)], window_s)
                pairs.append((service_fps, raw_fps))
            rates = np.array(pairs)
            ratio = float(np.median(rates[:, 0] / rates[:, 1]))
            service_fps, raw_fps = np.median(rates, axis=0)
            figures.append(Figure(load.name, float(service_fps), float(raw_fps), ratio, load.bar))
    return figures


def table(figures: list[Figure], jpegs: list[bytes]) -> str:
    """The figures as text."""
    size = sum(map(len, jpegs)) / len(jpegs) / 1000
    lines = [
        f"{len(jpegs)} frames of {size:.1f} kB, client and service on {os.cpu_count()} cores",
        f"{'':<20}{'service/s':>10}{'raw/s':>10}{'ratio':>8}{'bar':>8}",
    ]
    for figure in figures:
        bar = f"{figure.bar:.2f} {'met' if figure.met else 'NOT MET'}"
        lines.append(
            f"{figure.load:<20}{figure.service_fps:>10.0f}{figure.raw_fps:>10.0f}"
            f"{figure.ratio:>8.2f}  {bar}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
