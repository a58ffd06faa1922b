"""The cockpit page and what is beside it for machines: state, pictures, health, metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from simulator_bridge.car import Car
from simulator_bridge.fleet import Fleet
from simulator_bridge.metrics import BridgeMetrics
from simulator_bridge.settings import BridgeSettings
from simulator_bridge.steering_source import SteeringSource

_PICTURE_PERIOD_S = 1.0 / 15.0
_SILENT_PERIODS = 150
_BOUNDARY = "frame"


def make_cockpit(
    settings: BridgeSettings,
    fleet: Fleet,
    source: SteeringSource,
    metrics: BridgeMetrics,
    sleep: Callable[[float], object],
) -> Flask:
    """The Flask application. It only reads; nothing in it can change how a car drives.

    Args:
        settings: the bridge's.
        fleet: the cars.
        source: the steering service.
        metrics: the counters.
        sleep: sleeps as the server does, in seconds.
    """
    app = Flask(__name__)

    def state() -> dict[str, Any]:
        model = source.model
        return {
            "cars": [{"name": car.name, **asdict(car.status)} for car in fleet.cars()],
            "service": {
                "address": source.address,
                "reachable": source.reachable,
                "model": asdict(model) if model else None,
            },
            "controller": settings.controller.value,
            "set_speed_mph": settings.set_speed_mph,
            "latency_ms": metrics.latency_ms(),
            "counts": metrics.counts(),
        }

    @app.get("/")
    def page() -> str:
        return render_template("cockpit.html")

    @app.get("/state")
    def state_json() -> Response:
        return jsonify(state())

    @app.get("/cars/<name>/stream.mjpg")
    def stream(name: str) -> Response:
        car = next((car for car in fleet.cars() if car.name == name), None)
        if car is None:
            abort(404, f"no car {name}")
        return Response(
            _pictures(car, sleep), mimetype=f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
        )

    @app.get("/healthz")
    def health() -> Response:
        # The bridge answers cars safely without the service, so it is healthy without it.
        return jsonify(
            status="ok",
            cars=len(fleet.cars()),
            steering_service="ok" if source.reachable else "unreachable",
        )

    @app.get("/metrics")
    def prometheus() -> Response:
        return Response(generate_latest(metrics.registry), mimetype=CONTENT_TYPE_LATEST)

    return app


def _pictures(car: Car, sleep: Callable[[float], object]) -> Iterator[bytes]:
    """The newest picture again and again, until the car is gone or has been silent for long."""
    number = 0
    silent = 0
    while car.running and silent < _SILENT_PERIODS:
        frame = car.newest_frame.newer_than(number)
        silent = 0 if frame is not None else silent + 1
        if frame is not None:
            number = frame.number
            yield (
                (
                    f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
                    f"Content-Length: {len(frame.jpeg)}\r\n\r\n"
                ).encode()
                + frame.jpeg
                + b"\r\n"
            )
        sleep(_PICTURE_PERIOD_S)
