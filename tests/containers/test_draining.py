"""`docker compose stop` loses no request that was accepted, and every container ends with 0."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable

import cv2
import numpy as np

from client import PlateClient, ServiceUnavailable
from protos.endpoints import PLATES
from tests.containers.conftest import Stack, wait_until

CALLERS = 4
# Large, so that there is always one in the works.
PICTURE = cv2.imencode(".jpg", np.full((1080, 1920, 3), 90, np.uint8))[1].tobytes()


def test_a_stop_answers_what_was_accepted(start_stack: Callable[..., Stack]) -> None:
    stack = start_stack("services")
    address = stack.address(PLATES)
    answered = [0] * CALLERS

    def call(caller: int) -> None:
        # Whoever comes too late is told so, in whichever way gRPC finds; no other error may come.
        with PlateClient(address, timeout_s=30) as client, contextlib.suppress(ServiceUnavailable):
            while True:
                client.detect(PICTURE)
                answered[caller] += 1

    callers = [threading.Thread(target=call, args=(number,)) for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    wait_until(lambda: min(answered) > 3, "all callers are answered")
    stack.compose("stop")
    for caller in callers:
        caller.join()
    # The service's own word on what it took on, against what its callers got.
    said = stack.compose("logs", "--no-color", "plates-published")
    assert re.findall(r"ended: (\d+) requests answered", said) == [str(sum(answered))]
    assert "cut off" not in said
    ended = {
        stack.inspect(one)["Name"]: stack.inspect(one)["State"]["ExitCode"]
        for one in stack.containers()
    }
    assert set(ended.values()) == {0}, ended
