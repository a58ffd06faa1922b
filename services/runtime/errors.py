"""What can go wrong in a service, as types, each with the status code that a caller sees.

The only place where an error becomes a gRPC status.
"""

from __future__ import annotations

import grpc


class RequestError(Exception):
    """A request that gets no result. The message goes to the caller: it names no internals."""

    code: grpc.StatusCode = grpc.StatusCode.INTERNAL


class InvalidImageError(RequestError):
    """The picture cannot be used; the message says what was expected and what came."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class InvalidArgumentError(RequestError):
    """A field other than the picture cannot be used."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class QueueFullError(RequestError):
    """Too many requests wait already."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class DeadlinePassedError(RequestError):
    """The caller's deadline passed before the model was run."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class NotServingError(RequestError):
    """The service is starting or draining."""

    code = grpc.StatusCode.UNAVAILABLE


class UnsupportedByModelError(RequestError):
    """The model that is served cannot do what was asked."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class StartError(Exception):
    """The service cannot start; the message tells the user what to do."""


INTERNAL_MESSAGE = "internal error; the service's log says more"


def status_of(error: BaseException) -> tuple[grpc.StatusCode, str]:
    """The status code and the message that a caller gets for ``error``."""
    if isinstance(error, RequestError):
        return error.code, str(error)
    return grpc.StatusCode.INTERNAL, INTERNAL_MESSAGE
