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
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from benchmarks.echo import echo_server
from benchmarks.frames import load_frames
from benchmarks.raw_simulator import RawSimulator, encode_text, telemetry_text
from benchmarks.running import ProcessError, bridge, free_port, steering_service
from services.runtime.model_file import find_model
from services.runtime.settings import ServiceSettings
from simulator_bridge.settings import ServerMode
from vision.model_spec import ModelSpec
from vision.preprocessing import crop_and_resize

P50_BAR_MS = 4.0
P99_BAR_MS = 12.0
_WARM_UP = 200

Quantiles = dict[str, float]
"""``p50`` and ``p99`` in ms."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmark from the command line; the exit code is 0 if the bars are met."""
    parser = argparse.ArgumentParser(
        prog="telemetry_latency", description="Telemetry in to steer out, in milliseconds."
    )
    parser.add_argument("--recording", type=Path, help="frames of this recording; else drawn ones")
    parser.add_argument("--model", type=Path, help="model.onnx; else the newest in the repository")
    parser.add_argument("--frames", type=int, default=2000, help="telemetries to measure")
    parser.add_argument("--server", choices=[mode.value for mode in ServerMode], action="append")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args(arguments)
    jpegs = load_frames(options.recording)
    model = options.model or find_model(ServiceSettings().model_repository, "steering")
    modes = [ServerMode(mode) for mode in options.server or [ServerMode.THREADING.value]]
    try:
        figures = {mode.value: measure(mode, jpegs, model, options.frames) for mode in modes}
    except ProcessError as error:
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


def measure(mode: ServerMode, jpegs: list[bytes], model: Path, count: int) -> dict[str, Quantiles]:
    """The figures of one server mode.

    Returns:
        ``total``: seen by the simulator; ``echo``: the websocket alone; ``raw``: decoding and
        inference in one process; ``bridge <stage>``: as the bridge itself timed it.
    """
    encoded = [encode_text(telemetry_text(jpeg, speed_mph=20.0)) for jpeg in jpegs]
    figures: dict[str, Quantiles] = {}
    with ExitStack() as stack:
        service_port, bridge_port = free_port(), free_port()
        stack.enter_context(steering_service(service_port, model))
        stack.enter_context(bridge(bridge_port, service_port, ["--server", mode.value]))
        figures["total"] = quantiles(_drive(bridge_port, encoded, count))
        with urllib.request.urlopen(f"http://127.0.0.1:{bridge_port}/state", timeout=5) as answer:
            for stage, times in json.load(answer)["latency_ms"].items():
                figures[f"bridge {stage}"] = times
    figures["echo"] = quantiles(_echo(mode, encoded, count))
    figures["raw"] = quantiles(_raw(model, jpegs, count))
    return figures


def quantiles(times_s: list[float]) -> Quantiles:
    """Median and 99th percentile, in ms."""
    p50, p99 = np.quantile(np.asarray(times_s) * 1000.0, [0.5, 0.99])
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


def _drive(port: int, encoded: list[bytes], count: int) -> list[float]:
    with RawSimulator(port) as car:
        car.send(encoded[0] + encoded[1])
        car.next_event()
        return _times(lambda number: _step(car, encoded[number % len(encoded)]), count)


def _step(car: RawSimulator, message: bytes) -> None:
    car.send(message)
    car.next_event()


def _echo(mode: ServerMode, encoded: list[bytes], count: int) -> list[float]:
    with echo_server(mode) as port, RawSimulator(port) as car:
        return _times(lambda number: _step(car, encoded[number % len(encoded)]), count)


def _raw(model: Path, jpegs: list[bytes], count: int) -> list[float]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    spec = ModelSpec.from_metadata(session.get_modelmeta().custom_metadata_map)
    name = session.get_inputs()[0].name
    outputs = [session.get_outputs()[0].name]

    def step(number: int) -> None:
        data = np.frombuffer(jpegs[number % len(jpegs)], np.uint8)
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
        pixels = crop_and_resize(picture, spec.crop, spec.input_width, spec.input_height)
        pixels = pixels if spec.colour_order == "BGR" else pixels[:, :, ::-1]
        session.run(outputs, {name: np.ascontiguousarray(pixels[None])})

    return _times(step, count)


def _times(step: Callable[[int], None], count: int) -> list[float]:
    times: list[float] = []
    for number in range(_WARM_UP + count):
        started_s = time.perf_counter()
        step(number)
        times.append(time.perf_counter() - started_s)
    return times[_WARM_UP:]


if __name__ == "__main__":
    sys.exit(main())
