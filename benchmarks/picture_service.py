"""A service that sees pictures against ONNX Runtime alone: a JPEG, one caller, batch 1, one thread.

Both run the same file on the same machine, in turns of a window each, and are compared turn by
turn: what else the machine does then weighs on both alike. The client runs on the same cores.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

import cv2
import grpc
import numpy as np
import numpy.typing as npt

from benchmarks.frames import load_pictures
from benchmarks.peer_onnx import PeerModel
from benchmarks.picture_report import STAGES, MeasuredService, Report, figure, table
from benchmarks.running import running_service
from benchmarks.service_load import Step, rate, stream_call, unary_call
from cli.processes import free_port
from client.channel import CHANNEL_OPTIONS
from protos.common.v1 import common_pb2
from services.runtime.model_file import MODEL_INT8, find_model
from services.runtime.settings import ServiceSettings


def main(service: MeasuredService, arguments: list[str]) -> int:
    """Runs the benchmark from the command line; the exit code is 0 if the bars are met."""
    name = service.endpoint.name
    parser = argparse.ArgumentParser(
        prog=f"roadsight bench {name}",
        description=f"Time of a call of the {name} service against ONNX Runtime alone.",
    )
    parser.add_argument("--pictures", type=Path, help="folder of JPEG files; else drawn ones")
    parser.add_argument(
        "--model",
        type=Path,
        help="model.onnx; else the newest in the repository. A model.int8.onnx beside it is "
        "measured too",
    )
    parser.add_argument(
        "--peer",
        type=Path,
        nargs="+",
        default=[],
        help="ONNX files of other models, to be timed in turns with ours",
    )
    parser.add_argument(
        "--peer-size",
        type=int,
        nargs=2,
        default=(480, 360),
        metavar=("WIDTH", "HEIGHT"),
        help="what a peer is given whose file leaves its size open",
    )
    parser.add_argument("--turns", type=int, default=10, help="turns of a window each")
    parser.add_argument("--window", type=float, default=1.5, help="seconds of a window")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args(arguments)
    for path in options.peer:
        if not path.is_file():
            parser.error(f"--peer: there is no model file {path}")
    try:
        jpegs = load_pictures(options.pictures)
    except OSError as error:
        parser.error(f"--pictures: {error}")
    model = options.model or find_model(ServiceSettings().model_repository, name)
    try:
        peers = {str(path): PeerModel(path, jpegs, options.peer_size) for path in options.peer}
    except ValueError as error:
        parser.error(f"--peer: {error}")
    report = measure(service, jpegs, model, options.turns, options.window, peers=peers)
    print(table(report, jpegs))
    if options.json is not None:
        figures = {
            "service": name,
            "figures": [asdict(entry) for entry in report.figures],
            "int8_gain": report.int8_gain,
            "peers_ms": dict(report.peers_ms),
        }
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0 if report.met else 1


def measure(
    service: MeasuredService,
    jpegs: list[bytes],
    model: Path,
    turns: int,
    window_s: float,
    *,
    peers: Mapping[str, PeerModel] = MappingProxyType({}),
) -> Report:
    """The figures of a model file, of the int8 file beside it, and of peers.

    Args:
        service: which service.
        jpegs: what is sent.
        model: the model file.
        turns: so often each is measured.
        window_s: seconds of a measurement.
        peers: other models by name, which are timed in the same turns.
    """
    int8 = model.with_name(MODEL_INT8)
    files = [model, *([int8] if int8.is_file() and int8 != model else [])]
    # As the service does: its workers share the cores.
    cv2.setNumThreads(1)
    raws = [service.raw(file, jpegs) for file in files]
    rates: npt.NDArray[np.float64] = np.zeros((turns, len(files), 4))
    peer_rates: npt.NDArray[np.float64] = np.zeros((turns, len(peers)))
    stages: list[dict[str, float]] = []
    with _running(service, files, jpegs) as calls:
        for turn in range(turns):
            for index, raw in enumerate(raws):
                steps = (raw.infer, raw.infer_and_finish, calls[index].unary, calls[index].stream)
                rates[turn, index] = [rate([step], window_s) for step in steps]
            peer_rates[turn] = [rate([peer.infer], window_s) for peer in peers.values()]
        stages = [call.mean_stages_ms() for call in calls]
    figures = [
        figure(file.name, rates[:, index], stages[index]) for index, file in enumerate(files)
    ]
    gain = None
    if len(files) > 1:
        gain = float(np.median(rates[:, 1, 0] / rates[:, 0, 0]))
    milliseconds = (1000 / np.median(peer_rates, axis=0)).tolist()
    return Report(service, figures, gain, dict(zip(peers, milliseconds, strict=True)))


class _Calls:
    """Unary calls and a stream to one service; keeps what the unary replies say of the time."""

    def __init__(
        self, service: MeasuredService, channel: grpc.Channel, requests: list[bytes]
    ) -> None:
        path = f"/{service.endpoint.grpc_service}/"
        method = service.method
        read = getattr(service.messages, f"{method}Response").FromString
        self._unary = unary_call(channel, path + method, requests, read)()
        self.stream: Step = stream_call(channel, f"{path}{method}Stream", requests, read)()
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
def _running(
    service: MeasuredService, files: list[Path], jpegs: list[bytes]
) -> Iterator[list[_Calls]]:
    """A service for each file, all at once: those that are not called do nothing."""
    if not files:
        yield []
        return
    request = getattr(service.messages, f"{service.method}Request")
    requests = [request(image=common_pb2.Image(data=jpeg)).SerializeToString() for jpeg in jpegs]
    port = free_port()
    with (
        running_service(service.endpoint, port, files[0]),
        grpc.insecure_channel(f"127.0.0.1:{port}", options=CHANNEL_OPTIONS) as channel,
        _running(service, files[1:], jpegs) as others,
    ):
        yield [_Calls(service, channel, requests), *others]
