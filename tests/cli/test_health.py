from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from cli.main import main
from cli.processes import free_port
from protos.endpoints import PLATES, STEERING


@pytest.fixture
def service() -> Iterator[str]:
    """A server on which plates serve and steering does not yet."""
    server = grpc.server(ThreadPoolExecutor(2))
    servicer = health.HealthServicer()
    servicer.set(PLATES.grpc_service, health_pb2.HealthCheckResponse.SERVING)
    servicer.set(STEERING.grpc_service, health_pb2.HealthCheckResponse.NOT_SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


class Bridge(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"status": "ok", "cars": 1, "steering_service": "unreachable"}).encode()
        self.send_response(200 if self.path == "/healthz" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def bridge() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Bridge) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_service_that_serves(service: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", "plates", "--address", service]) == 0
    assert capsys.readouterr().out == f"{service}: plates is serving\n"


def test_a_service_that_does_not(service: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", "steering", "--address", service, "--wait-s", "0.1"]) == 1
    assert "not ready within 0.1 s (NOT_SERVING)" in capsys.readouterr().err


def test_a_bridge_is_up_without_its_service(
    bridge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["health", "bridge", "--address", bridge]) == 0
    assert capsys.readouterr().out == f"{bridge}: cars: 1, steering service: unreachable\n"


@pytest.mark.parametrize("name", ["steering", "bridge"])
def test_nobody_there(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    address = f"127.0.0.1:{free_port()}"
    assert main(["health", name, "--address", address, "--wait-s", "0.1"]) == 1
    said = capsys.readouterr().err
    assert address in said
    assert "is it started? roadsight" in said
