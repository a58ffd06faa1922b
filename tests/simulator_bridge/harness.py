"""A scripted steering service, and bridges as processes of their own, in both server modes."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent import futures
from typing import Any

import cv2
import grpc
import numpy as np

from protos.steering.v1 import steering_pb2, steering_pb2_grpc

TIMEOUT_S = 20.0
_RUN = (
    "import sys; from simulator_bridge.server import run; "
    "from simulator_bridge.settings import BridgeSettings; sys.exit(run(BridgeSettings()))"
)


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """Returns the condition's value as soon as it is true."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)


class FakeService(steering_pb2_grpc.SteeringServiceServicer):
    """A steering service that does what a test tells it.

    Attributes:
        steering: what it answers.
        error: the status it answers instead.
        answering: while this is cleared, answers are withheld.
        images: what it was asked about.
    """

    def __init__(self) -> None:
        self.steering = 0.25
        self.error: grpc.StatusCode | None = None
        self.answering = threading.Event()
        self.answering.set()
        self.images: list[bytes] = []
        self.port = 0
        self._server: grpc.Server | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = grpc.server(futures.ThreadPoolExecutor(8))
        steering_pb2_grpc.add_SteeringServiceServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop(None).wait()
            self._server = None

    def reset(self) -> None:
        self.steering, self.error = 0.25, None
        self.answering.set()
        self.images.clear()

    def Predict(  # noqa: N802
        self, request: steering_pb2.PredictRequest, context: grpc.ServicerContext
    ) -> steering_pb2.PredictResponse:
        self.images.append(request.image.data)
        self.answering.wait(5.0)
        if self.error is not None:
            context.abort(self.error, "as the test said")
        return steering_pb2.PredictResponse(steering=self.steering)

    def Explain(  # noqa: N802
        self, request: steering_pb2.ExplainRequest, context: grpc.ServicerContext
    ) -> steering_pb2.ExplainResponse:
        picture = cv2.imdecode(np.frombuffer(request.image.data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        overlay = np.full_like(picture, (0, 0, 255))
        return steering_pb2.ExplainResponse(
            steering=self.steering,
            heat_map_png=cv2.imencode(".png", picture[:, :, 0])[1].tobytes(),
            overlay_jpeg=cv2.imencode(".jpg", overlay)[1].tobytes(),
        )

    def GetModelInfo(  # noqa: N802
        self, request: steering_pb2.GetModelInfoRequest, context: grpc.ServicerContext
    ) -> steering_pb2.GetModelInfoResponse:
        answer = steering_pb2.GetModelInfoResponse()
        answer.model_info.name = "fake"
        answer.model_info.version = "7"
        answer.model_info.execution_provider = "NoExecutionProvider"
        return answer


class BridgeProcess:
    """A bridge as a process, and what it logs."""

    def __init__(self, **settings: object) -> None:
        prefix = "ROADSIGHT_BRIDGE_"
        environment = {k: v for k, v in os.environ.items() if not k.startswith(prefix)}
        environment |= {f"{prefix}{name.upper()}": str(value) for name, value in settings.items()}
        environment.setdefault(f"{prefix}PORT", "0")
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _RUN],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._new: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def port(self) -> int:
        return int(self.wait_for_line(r"listening on \S+:(\d+) ")[1])

    def wait_for_line(self, pattern: str) -> re.Match[str]:
        """The first line of the log that has the pattern, waiting for it if need be."""
        found: re.Match[str] = wait_until(
            lambda: next((m for m in (re.search(pattern, x) for x in list(self.lines)) if m), None),
            f"the log says {pattern!r}; it says {self.lines}",
        )
        return found

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.get("/state")))

    def counts(self) -> dict[str, float]:
        return dict(self.state()["counts"])

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(TIMEOUT_S)
        self._reader.join(TIMEOUT_S)
        return code

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                self.lines.append(line.rstrip())


def draw_jpeg(seed: int) -> bytes:
    """A picture of the simulator's size and about its length in bytes."""
    noise = np.random.default_rng(seed).integers(0, 255, (32, 64, 3), dtype=np.uint8)
    picture = cv2.resize(noise, (320, 160), interpolation=cv2.INTER_CUBIC)
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 75])[1].tobytes())
