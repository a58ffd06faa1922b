"""Telemetry in to ``steer`` out: the bridge and the steering service, each in its own process.

Beside it in the same run, with the same frames: the websocket alone, and raw ONNX Runtime with
decoding and preprocessing in one process. Both are the least that any bridge would need.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.echo import echo_server
from benchmarks.frames import load_frames
from benchmarks.raw_onnx import raw_steering
from benchmarks.raw_simulator import RawSimulator, encode_text, telemetry_text
from benchmarks.running import ProcessError, bridge, running_service
from cli.processes import free_port
from protos.endpoints import STEERING
from services.runtime.errors import StartError
from services.runtime.model_file import find_model
from services.runtime.settings import ServiceSettings
from simulator_bridge.errors import RecordingError
from simulator_bridge.settings import ServerMode

P50_BAR_MS = 4.0
P99_BAR_MS = 12.0
_WARM_UP = 200
_WINDOWS = 10

Quantiles = dict[str, float]
"""``p50`` and ``p99`` in ms."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmark from the command line; the exit code is 0 if the bars are met."""
    parser = argparse.ArgumentParser(
        prog="roadsight bench telemetry", description="Telemetry in to steer out, in milliseconds."
    )
    parser.add_argument("--recording", type=Path, help="frames of this recording; else drawn ones")
    parser.add_argument("--model", type=Path, help="model.onnx; else the newest in the repository")
    parser.add_argument("--frames", type=int, default=2000, help="telemetries to measure")
    parser.add_argument("--server", choices=[mode.value for mode in ServerMode], action="append")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args(arguments)
    modes = [ServerMode(mode) for mode in options.server or [ServerMode.THREADING.value]]
    try:
        jpegs = load_frames(options.recording)
        model = options.model or find_model(ServiceSettings().model_repository, STEERING.name)
        figures = measure(modes, jpegs, model, options.frames)
    except (RecordingError, StartError, ProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    for mode_name, figure in figures.items():
        print(table(mode_name, figure, jpegs))
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    met = all(
        figure["total"]["p50"] <= P50_BAR_MS and figure["total"]["p99"] <= P99_BAR_MS
        for figure in figures.values()
    )
    print(f"bar: p50 <= {P50_BAR_MS:g} ms, p99 <= {P99_BAR_MS:g} ms: {'met' if met else 'NOT MET'}")
    return 0 if met else 1


def measure(
    modes: Sequence[ServerMode], jpegs: list[bytes], model: Path, count: int
) -> dict[str, dict[str, Quantiles]]:
    """The figures of each server mode, by its name.

    Everything runs in turns, a window each: what else the machine does then weighs on all alike.

    Returns:
        For each mode ``total``: seen by the simulator; ``echo``: the websocket alone; ``raw``:
        decoding and inference in one process; ``bridge <stage>``: as the bridge itself timed it.
    """
    encoded = [encode_text(telemetry_text(jpeg, speed_mph=20.0)) for jpeg in jpegs]
    with ExitStack() as stack:
        service_port = free_port()
        stack.enter_context(running_service(STEERING, service_port, model))
        raw = Stopwatch(raw_steering(model, jpegs))
        ports: dict[ServerMode, int] = {}
        totals: dict[ServerMode, Stopwatch] = {}
        echoes: dict[ServerMode, Stopwatch] = {}
        for mode in modes:
            ports[mode] = free_port()
            # While the others have their turn, the watchdog must not wake this car.
            flags = ["--server", mode.value, "--watchdog-ms", "60000"]
            stack.enter_context(bridge(ports[mode], service_port, flags))
            car = stack.enter_context(RawSimulator(ports[mode]))
            # The two opening telemetries, of which one is answered.
            car.send(encoded[0])
            _step(car, encoded[1])
            totals[mode] = Stopwatch(partial(_step_by_number, car, encoded))
            echo = stack.enter_context(RawSimulator(stack.enter_context(echo_server(mode))))
            echoes[mode] = Stopwatch(partial(_step_by_number, echo, encoded))
        watches = [*totals.values(), *echoes.values(), raw]
        for watch in watches:
            watch.warm_up(_WARM_UP)
        for _ in range(_WINDOWS):
            for watch in watches:
                watch.run(max(count // _WINDOWS, 1))
        return {
            mode.value: {
                "total": totals[mode].quantiles(),
                "echo": echoes[mode].quantiles(),
                "raw": raw.quantiles(),
                **_stages(ports[mode]),
            }
            for mode in modes
        }


class Stopwatch:
    """Times the runs of a step that is called with the number of the run."""

    def __init__(self, step: Callable[[int], object]) -> None:
        self._step = step
        self._times_s: list[float] = []

    def warm_up(self, count: int) -> None:
        """Runs the step without timing it."""
        for number in range(count):
            self._step(number)

    def run(self, count: int) -> None:
        """Runs and times the step ``count`` times."""
        for number in range(count):
            started_s = time.perf_counter()
            self._step(number)
            self._times_s.append(time.perf_counter() - started_s)

    def quantiles(self) -> Quantiles:
        """Median and 99th percentile of all runs, in ms."""
        p50, p99 = np.quantile(np.asarray(self._times_s) * 1000.0, [0.5, 0.99])
        return {"p50": float(p50), "p99": float(p99)}


def table(mode: str, figures: dict[str, Quantiles], jpegs: list[bytes]) -> str:
    """The figures as text."""
    rows = [
        ("telemetry in to steer out, seen by the simulator", "total"),
        ("  in the bridge", "bridge total"),
        ("    decode telemetry", "bridge decode"),
        ("    predict (gRPC, there and back)", "bridge predict"),
        ("      of it in the service", "bridge service"),
        ("    control", "bridge control"),
        ("    send", "bridge send"),
        ("websocket echo alone", "echo"),
        ("raw ONNX Runtime + decoding, one process", "raw"),
    ]
    size = sum(map(len, jpegs)) / len(jpegs) / 1000
    lines = [
        f"{len(jpegs)} frames of {size:.1f} kB, server {mode}, {os.cpu_count()} cores",
        f"{'ms':<50}{'p50':>8}{'p99':>8}",
    ]
    lines += [f"{name:<50}{figures[k]['p50']:>8.2f}{figures[k]['p99']:>8.2f}" for name, k in rows]
    least = figures["echo"]["p50"] + figures["raw"]["p50"]
    lines.append(f"{'total / (echo + raw), p50':<50}{figures['total']['p50'] / least:>8.2f}")
    return "\n".join(lines)


def _step_by_number(car: RawSimulator, encoded: list[bytes], number: int) -> None:
    _step(car, encoded[number % len(encoded)])


def _step(car: RawSimulator, message: bytes) -> None:
    car.send(message)
    car.next_event()


def _stages(port: int) -> dict[str, Quantiles]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/state", timeout=5) as answer:
        stages: dict[str, Quantiles] = json.load(answer)["latency_ms"]
    return {f"bridge {stage}": times for stage, times in stages.items()}


if __name__ == "__main__":
    sys.exit(main())
