"""The steering contract over real gRPC: answers, order, deadlines, shedding, health, draining."""

from __future__ import annotations

import logging
import threading
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import cv2
import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from prometheus_client.parser import text_string_to_metric_families

from protos.common.v1 import common_pb2
from protos.endpoints import STEERING
from protos.steering.v1 import steering_pb2
from services.steering import network

SERVING = health_pb2.HealthCheckResponse.SERVING


def request(left: int = 50, right: int = 150, frame_id: str = "") -> steering_pb2.PredictRequest:
    pixels = np.full((160, 320, 3), left, dtype=np.uint8)
    pixels[:, 160:] = right
    data = cv2.imencode(".png", pixels)[1].tobytes()
    return steering_pb2.PredictRequest(image=common_pb2.Image(data=data, frame_id=frame_id))


def metrics_of(url: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = urllib.request.urlopen(url, timeout=10).read().decode()  # noqa: S310
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Holds predictions up until it is opened."""
    made = Gate()
    predict = network.SteeringNetwork.predict

    def held(self, image, clock):
        made.entered.release()
        made.opened.wait()
        return predict(self, image, clock)

    monkeypatch.setattr(network.SteeringNetwork, "predict", held)
    yield made
    made.opened.set()


class Gate:
    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.opened = threading.Event()


def test_the_answer(start_service: Callable, stub_of: Callable) -> None:
    sent = request(left=51, right=102, frame_id="frame 7")
    sent.image.captured_at.FromDatetime(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    reply = stub_of(start_service()).Predict(sent, timeout=10)
    assert reply.steering == pytest.approx((102 - 51) / 255, abs=1e-3)
    assert reply.speed_mph == pytest.approx((102 + 51) / 2, abs=0.5)
    assert not reply.HasField("throttle")
    assert reply.frame_id == "frame 7"
    assert reply.captured_at.ToDatetime(UTC) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    timing = reply.timing
    assert min(timing.decode_ms, timing.preprocess_ms, timing.inference_ms) > 0


def test_the_angle_stays_in_range(
    start_service: Callable, stub_of: Callable, make_model: Callable
) -> None:
    stub = stub_of(start_service(model=make_model(gain=50.0)))
    assert stub.Predict(request(0, 255), timeout=10).steering == 1.0
    assert stub.Predict(request(255, 0), timeout=10).steering == -1.0


def test_a_stream_answers_in_order(start_service: Callable, stub_of: Callable) -> None:
    stub = stub_of(start_service())
    sent = [request(100, 100 + n, str(n)) for n in range(40)]
    replies = list(stub.PredictStream(iter(sent), timeout=20))
    assert [reply.frame_id for reply in replies] == [str(n) for n in range(40)]
    angles = [reply.steering for reply in replies]
    np.testing.assert_allclose(angles, [n / 255 for n in range(40)], atol=2e-3)


def test_where_the_network_looked(start_service: Callable, stub_of: Callable) -> None:
    pixels = np.zeros((160, 320, 3), dtype=np.uint8)
    cv2.circle(pixels, (240, 100), 12, (255, 255, 255), -1)
    image = common_pb2.Image(data=cv2.imencode(".png", pixels)[1].tobytes(), frame_id="a")
    reply = stub_of(start_service()).Explain(steering_pb2.ExplainRequest(image=image), timeout=10)
    heat = cv2.imdecode(np.frombuffer(reply.heat_map_png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert heat is not None
    assert heat.shape == (160, 320)
    assert heat.dtype == np.uint8
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert heat.max() == 255
    assert abs(row - 100) <= 8
    assert abs(column - 240) <= 8
    assert not heat[:60].any()
    assert not heat[135:].any()
    assert reply.steering > 0
    assert reply.frame_id == "a"


def test_model_info_says_what_really_runs(start_service: Callable, stub_of: Callable) -> None:
    info = (
        stub_of(start_service())
        .GetModelInfo(steering_pb2.GetModelInfoRequest(), timeout=10)
        .model_info
    )
    assert (info.task, info.name, info.version) == ("steering", "toy", "3")
    assert info.execution_provider == "CPUExecutionProvider"
    assert (info.input_width, info.input_height) == (200, 66)


def test_requests_over_the_limit_are_refused_at_once(
    start_service: Callable, stub_of: Callable, gate: Gate
) -> None:
    stub = stub_of(start_service(workers=1, queue_limit=2))
    first, second = (stub.Predict.future(request(), timeout=20) for _ in range(2))
    gate.entered.acquire()
    # The second is known to wait once a third is refused.
    refused = None
    while refused is None:
        try:
            stub.Predict(request(), timeout=0.2)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED:
                refused = error
    assert "--queue-limit" in refused.details()
    gate.opened.set()
    assert np.isfinite(first.result().steering)
    assert np.isfinite(second.result().steering)


def test_a_request_past_its_deadline_is_not_run(
    start_service: Callable, stub_of: Callable, gate: Gate
) -> None:
    stub = stub_of(start_service(workers=1))
    first = stub.Predict.future(request(), timeout=20)
    gate.entered.acquire()
    with pytest.raises(grpc.RpcError) as caught:
        stub.Predict(request(), timeout=0.05)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    gate.opened.set()
    first.result()
    stub.Predict(request(), timeout=10)
    # Three were sent, two reached the model.
    assert gate.entered.acquire(blocking=False)
    assert not gate.entered.acquire(blocking=False)


def test_an_error_of_ours_does_not_leak(
    start_service: Callable, stub_of: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(network.SteeringNetwork, "predict", fail)
    stub = stub_of(start_service())
    with pytest.raises(grpc.RpcError) as caught:
        stub.Predict(request(), timeout=10)
    assert caught.value.code() == grpc.StatusCode.INTERNAL
    assert "secret" not in caught.value.details()


def test_health_and_reflection(start_service: Callable) -> None:
    service = start_service()
    with grpc.insecure_channel(service.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", STEERING.grpc_service):
            check = health_pb2.HealthCheckRequest(service=name)
            assert health.Check(check, timeout=10).status == SERVING
        with pytest.raises(grpc.RpcError) as caught:
            health.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=10)
        assert caught.value.code() == grpc.StatusCode.NOT_FOUND
        names = ProtoReflectionDescriptorDatabase(channel).get_services()
        assert STEERING.grpc_service in names


def test_health_is_not_serving_before_the_model_has_answered(
    start_service: Callable, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    held, release = threading.Event(), threading.Event()
    warm_up = network.SteeringNetwork.warm_up

    def slow(self) -> None:
        held.set()
        release.wait()
        warm_up(self)

    monkeypatch.setattr(network.SteeringNetwork, "warm_up", slow)
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(start_service, port=free_port)
        held.wait()
        with grpc.insecure_channel(f"127.0.0.1:{free_port}") as channel:
            health = health_pb2_grpc.HealthStub(channel)
            check = health_pb2.HealthCheckRequest(service=STEERING.grpc_service)
            assert health.Check(check, timeout=10).status != SERVING
            release.set()
            starting.result()
            assert health.Check(check, timeout=10).status == SERVING


def test_metrics(start_service: Callable, stub_of: Callable) -> None:
    service = start_service()
    stub = stub_of(service)
    for _ in range(3):
        stub.Predict(request(), timeout=10)
    with pytest.raises(grpc.RpcError):
        stub.Predict(steering_pb2.PredictRequest(), timeout=10)
    found = metrics_of(service.metrics_url)

    def value(name: str, **labels: str) -> float:
        return found[name, frozenset({"service": "steering", **labels}.items())]

    assert value("roadsight_requests_total", method="Predict") == 4
    assert value("roadsight_errors_total", method="Predict", code="INVALID_ARGUMENT") == 1
    assert value("roadsight_in_flight") == 0
    assert value("roadsight_queue_limit") == 64
    for stage in ("decode", "queue", "preprocess", "inference", "postprocess"):
        assert value("roadsight_stage_seconds_count", stage=stage) == 3
        assert value("roadsight_stage_seconds_bucket", stage=stage, le="+Inf") == 3
        assert value("roadsight_stage_seconds_sum", stage=stage) > 0
    models = [dict(labels) for name, labels in found if name == "roadsight_model_info"]
    assert models[0]["execution_provider"] == "CPUExecutionProvider"
    assert models[0]["wanted_device"] == "auto"


def test_draining_finishes_what_is_in_flight(
    start_service: Callable, stub_of: Callable, gate: Gate
) -> None:
    service = start_service()
    stub = stub_of(service)
    in_flight = stub.Predict.future(request(), timeout=20)
    gate.entered.acquire()
    with grpc.insecure_channel(service.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(service=STEERING.grpc_service))
        assert next(watch).status == SERVING
        ending = threading.Thread(target=service.stop)
        ending.start()
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watch.cancel()
    gate.opened.set()
    assert np.isfinite(in_flight.result().steering)
    ending.join()


def test_draining_under_load_loses_nothing_that_was_accepted(
    start_service: Callable, stub_of: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "services.runtime.server")
    service = start_service()
    answered, codes = [0] * 8, []

    def call(caller: int) -> None:
        stub = stub_of(service)
        while True:
            try:
                stub.Predict(request(), timeout=60)
            except grpc.RpcError as error:
                codes.append(error.code())
                return
            answered[caller] += 1

    callers = [threading.Thread(target=call, args=(number,)) for number in range(len(answered))]
    for caller in callers:
        caller.start()
    while min(answered) < 3:
        callers[0].join(0.01)
    service.stop()
    for caller in callers:
        caller.join()
    # gRPC itself cancels what reaches it in the moment when it stops to listen.
    assert set(codes) <= {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
    assert len(codes) == len(callers)
    # The service's own word on what it took on, against what its callers got.
    assert caplog.messages[-1] == f"ended: {sum(answered)} requests answered"


def test_draining_ends_a_stream_that_waits_for_its_client(
    start_service: Callable, stub_of: Callable
) -> None:
    service = start_service(drain_s=300)
    go_on = threading.Event()

    def requests() -> Iterator[steering_pb2.PredictRequest]:
        yield request()
        go_on.wait()

    replies = stub_of(service).PredictStream(requests(), timeout=30)
    assert np.isfinite(next(replies).steering)
    service.stop()
    with pytest.raises(grpc.RpcError) as caught:
        next(replies)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    go_on.set()
