"""Where the steering comes from: the steering service, and what becomes of a call that fails."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from client import (
    DeadlineExceeded,
    InvalidRequest,
    ModelInfo,
    ServiceBusy,
    ServiceError,
    ServiceUnavailable,
    SteeringClient,
    Timing,
)
from protos.endpoints import STEERING

log = logging.getLogger(__name__)

REMIND_EVERY_S = 10.0
"""Failures of one kind are logged no more often than this, in seconds."""

_CHECK_TIMEOUT_S = 1.0

RunBlocking = Callable[..., Any]
"""Calls a function that blocks, with its arguments, in a way that suits the server."""


class Failure(StrEnum):
    """Why there is no prediction."""

    LATE = "late"
    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    REFUSED = "refused"
    NOT_FINITE = "not_finite"
    NO_PICTURE = "no_picture"
    ERROR = "error"


_BY_ERROR: dict[type[ServiceError], Failure] = {
    DeadlineExceeded: Failure.LATE,
    ServiceUnavailable: Failure.UNAVAILABLE,
    ServiceBusy: Failure.BUSY,
    InvalidRequest: Failure.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Prediction:
    """A steering angle, or why there is none.

    Attributes:
        steering: normalised angle, -1..1; ``None`` if there is none.
        failure: why there is none.
        service_s: what the service says it took, in seconds.
    """

    steering: float | None
    failure: Failure | None = None
    service_s: float | None = None


def _total_s(timing: Timing) -> float:
    parts_ms = (
        timing.decode_ms,
        timing.queue_ms,
        timing.preprocess_ms,
        timing.inference_ms,
        timing.postprocess_ms,
    )
    return sum(parts_ms) / 1000.0


class SteeringSource:
    """Asks the steering service, never raises, and tells the log when it goes and comes back.

    Args:
        address: the service, ``host:port``.
        deadline_s: how long to wait for a prediction, in seconds.
        run_blocking: how to call what blocks.

    Attributes:
        address: the service, ``host:port``.
        model: the model that is served; ``None`` while that is not known.
        reachable: whether the last call was answered; ``None`` before the first.
    """

    def __init__(self, address: str, deadline_s: float, run_blocking: RunBlocking) -> None:
        self.address = address
        self.model: ModelInfo | None = None
        self.reachable: bool | None = None
        self._deadline_s = deadline_s
        self._run_blocking = run_blocking
        self._client = SteeringClient(address, timeout_s=deadline_s)
        self._closed = False
        self._announced = False
        self._failed_calls = 0
        self._quiet_until_s: dict[Failure, float] = {}

    def predict(self, image: bytes) -> Prediction:
        """The angle for a JPEG file, or why there is none."""
        try:
            answer = self._run_blocking(self._client.predict, image)
        except ServiceError as error:
            failure = _BY_ERROR.get(type(error), Failure.ERROR)
            return self._failed(failure, str(error))
        except Exception as error:
            return self._failed(Failure.ERROR, repr(error))
        if not math.isfinite(answer.steering):
            return self._failed(Failure.NOT_FINITE, f"{self.address}: answered {answer.steering}")
        self._answered()
        return Prediction(answer.steering, service_s=_total_s(answer.timing))

    def check(self) -> None:
        """Asks for the model that is served, beside the control loop; logs what changed."""
        try:
            model = self._run_blocking(self._client.model_info, _CHECK_TIMEOUT_S)
        except ServiceError as error:
            self.model = None
            self._failed(_BY_ERROR.get(type(error), Failure.ERROR), str(error))
            return
        except ValueError:
            if not self._closed:
                raise
            return  # gRPC says so of a call on a closed channel: the bridge is stopping
        if model != self.model:
            self.model = model
            log.info(
                "steering service %s serves model %s version %s on %s",
                self.address,
                model.name,
                model.version,
                model.execution_provider,
            )
        self._answered()

    def close(self) -> None:
        """Closes the connection to the service."""
        self._closed = True
        self._client.close()

    def _answered(self) -> None:
        if self._announced:
            log.info(
                "steering service %s is back (%d calls failed)", self.address, self._failed_calls
            )
        self._announced = False
        self._failed_calls = 0
        self.reachable = True

    def _failed(self, failure: Failure, message: str) -> Prediction:
        self.reachable = failure not in (Failure.UNAVAILABLE, Failure.LATE)
        self._failed_calls += 1
        now_s = time.monotonic()
        if now_s >= self._quiet_until_s.get(failure, 0.0):
            self._announced = True
            self._quiet_until_s[failure] = now_s + REMIND_EVERY_S
            if failure is Failure.UNAVAILABLE:
                log.warning(
                    "no steering service at %s: start it with `roadsight serve %s`, or name "
                    "another with --steering-address; until then cars stand still or stop",
                    self.address,
                    STEERING.name,
                )
                log.debug("%s", message)
            else:
                log.warning("no steering (%s): %s", failure, message)
        return Prediction(None, failure)
