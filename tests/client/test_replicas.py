"""Several replicas behind one address: calls are shared, and a replica that goes costs none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc
import pytest

from client import AsyncSteeringClient, ServiceUnavailable, SteeringClient
from protos.steering.v1 import steering_pb2, steering_pb2_grpc

CALLS = 40


@dataclass
class Replica(steering_pb2_grpc.SteeringServiceServicer):
    """Counts the pictures that it answers, or refuses all of them as while draining."""

    draining: bool = False
    answered: list[bytes] = field(default_factory=list)
    refused: int = 0

    def Predict(self, request, context):  # noqa: N802
        if self.draining:
            self.refused += 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "the service is draining; try again")
        self.answered.append(request.image.data)
        return steering_pb2.PredictResponse(steering=0.5)


@dataclass
class Replicas:
    """Two replicas and the address that stands for both."""

    first: Replica
    second: Replica
    servers: list[grpc.Server]
    address: str


@pytest.fixture
def replicas() -> Iterator[Replicas]:
    both, servers, addresses = [Replica(), Replica()], [], []
    for replica in both:
        server = grpc.server(ThreadPoolExecutor(4))
        steering_pb2_grpc.add_SteeringServiceServicer_to_server(replica, server)
        addresses.append(f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
        server.start()
        servers.append(server)
    yield Replicas(both[0], both[1], servers, f"ipv4:{','.join(addresses)}")
    for server in servers:
        server.stop(None).wait()


def predict_until_both_answer(client: SteeringClient, replicas: Replicas) -> None:
    """The first connection that is ready takes the calls until the second is."""
    while not (replicas.first.answered and replicas.second.answered):
        client.predict(b"picture", timeout_s=10)
    replicas.first.answered.clear()
    replicas.second.answered.clear()


def test_two_replicas_share_the_calls(replicas: Replicas) -> None:
    with SteeringClient(replicas.address) as client:
        predict_until_both_answer(client, replicas)
        for _ in range(CALLS):
            client.predict(b"picture", timeout_s=10)
    assert len(replicas.first.answered) == len(replicas.second.answered) == CALLS / 2


def test_two_replicas_share_the_calls_of_an_asyncio_client(replicas: Replicas) -> None:
    async def go() -> None:
        async with AsyncSteeringClient(replicas.address) as client:
            while not (replicas.first.answered and replicas.second.answered):
                await client.predict(b"picture", timeout_s=10)
            before = len(replicas.first.answered), len(replicas.second.answered)
            for _ in range(CALLS):
                await client.predict(b"picture", timeout_s=10)
            after = len(replicas.first.answered), len(replicas.second.answered)
            assert [new - old for new, old in zip(after, before, strict=True)] == [CALLS / 2] * 2

    asyncio.run(go())


@pytest.mark.parametrize("size", [10, 2_000_000])
def test_what_a_draining_replica_refuses_the_other_answers(replicas: Replicas, size: int) -> None:
    with SteeringClient(replicas.address) as client:
        predict_until_both_answer(client, replicas)
        replicas.first.draining = True
        for _ in range(CALLS):
            assert client.predict(b"x" * size, timeout_s=10).steering == 0.5
    assert replicas.first.refused
    assert [len(data) for data in replicas.second.answered] == [size] * CALLS


def test_a_replica_that_ends_costs_no_call(replicas: Replicas) -> None:
    with SteeringClient(replicas.address) as client:
        predict_until_both_answer(client, replicas)
        replicas.servers[0].stop(None).wait()
        for _ in range(CALLS):
            client.predict(b"picture", timeout_s=10)
    assert len(replicas.second.answered) == CALLS


def test_when_all_refuse_the_caller_is_told_and_not_kept(replicas: Replicas) -> None:
    replicas.first.draining = replicas.second.draining = True
    with (
        SteeringClient(replicas.address) as client,
        pytest.raises(ServiceUnavailable, match="draining"),
    ):
        client.predict(b"picture", timeout_s=10)
    assert replicas.first.refused + replicas.second.refused == 4
