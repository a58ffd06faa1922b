"""What a call can raise, as types; gRPC's own errors do not leave this package."""

from __future__ import annotations

import grpc
import grpc.aio


class ServiceError(Exception):
    """A call that brought no answer.

    Attributes:
        code: the gRPC status code.
        address: the service that was called, ``host:port``.
    """

    def __init__(self, message: str, code: grpc.StatusCode, address: str) -> None:
        super().__init__(message)
        self.code = code
        self.address = address


class InvalidRequest(ServiceError):
    """The service refused what was sent; the message says what it expected and what came."""


class ServiceBusy(ServiceError):
    """Too many requests are waiting already; try again later."""


class DeadlineExceeded(ServiceError):
    """No answer came in time."""


class ServiceUnavailable(ServiceError):
    """Nothing listens there, or the service is starting or draining."""


_BY_CODE: dict[grpc.StatusCode, type[ServiceError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ServiceBusy,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.UNAVAILABLE: ServiceUnavailable,
    # No call is cancelled on this side: it was a server that ended.
    grpc.StatusCode.CANCELLED: ServiceUnavailable,
}


def from_rpc_error(error: grpc.RpcError, address: str) -> ServiceError:
    """The typed error for a gRPC one that a call to ``address`` raised."""
    code, details = grpc.StatusCode.UNKNOWN, str(error)
    # What blocking and asyncio calls raise has both, and no common type that says so.
    if isinstance(error, grpc.Call | grpc.aio.AioRpcError):
        code, details = error.code(), error.details() or error.code().name
    kind = _BY_CODE.get(code, ServiceError)
    return kind(f"{address}: {details}", code, address)
