"""`docker compose stop` loses no request that was accepted, and every container ends with 0."""

from __future__ import annotations

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
    answered, refused, lost = [0] * CALLERS, [0] * CALLERS, []

    def call(caller: int) -> None:
        with PlateClient(f"127.0.0.1:{PLATES.port}", timeout_s=30) as client:
            while not refused[caller]:
                try:
                    client.detect(PICTURE)
                    answered[caller] += 1
                except ServiceUnavailable as error:
                    refused[caller] += 1
                    # Refused before it was taken on; a request that was taken on and lost would
                    # end with a broken connection.
                    if not any(word in str(error) for word in ("draining", "refused", "failing")):
                        lost.append(str(error))

    callers = [threading.Thread(target=call, args=(number,)) for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    wait_until(lambda: min(answered) > 3, "all callers are answered")
    stack.compose("stop")
    for caller in callers:
        caller.join()
    assert lost == []
    ended = {
        stack.inspect(one)["Name"]: stack.inspect(one)["State"]["ExitCode"]
        for one in stack.containers()
    }
    assert set(ended.values()) == {0}, ended
