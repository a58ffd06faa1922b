"""What every blocking client has: the channel, deadlines, typed errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc

from client.channel import CHANNEL_OPTIONS
from client.errors import from_rpc_error
from client.replies import ModelInfo

ReplyT = TypeVar("ReplyT")


class SyncClient:
    """Calls one service. Safe to use from several threads; a context manager.

    Args:
        address: ``host:port`` of the service.
        timeout_s: deadline of each unary call in seconds, unless the call names its own.
        stub: makes the service's stub for a channel.
        model_info_request: makes what the service's ``GetModelInfo`` takes.
    """

    def __init__(
        self,
        address: str,
        timeout_s: float,
        stub: Callable[[grpc.Channel], Any],
        model_info_request: Callable[[], Any],
    ) -> None:
        self.address = address
        self._timeout_s = timeout_s
        self._channel = grpc.insecure_channel(address, options=CHANNEL_OPTIONS)
        self._stub = stub(self._channel)
        self._model_info_request = model_info_request

    def model_info(self, timeout_s: float | None = None) -> ModelInfo:
        """The model that is served and the execution provider that runs it.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        reply = self._call(self._stub.GetModelInfo, self._model_info_request(), timeout_s)
        return ModelInfo.from_message(reply.model_info)

    def _call(
        self, method: Callable[..., ReplyT], request: object, timeout_s: float | None
    ) -> ReplyT:
        try:
            return method(request, timeout=self._timeout_s if timeout_s is None else timeout_s)
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.address) from error

    def _stream(
        self,
        method: Callable[..., Iterator[ReplyT]],
        requests: Iterator[object],
        timeout_s: float,
    ) -> Iterator[ReplyT]:
        replies = method(requests, timeout=timeout_s)
        try:
            yield from replies
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.address) from error
        finally:
            # A caller that stops half-way must not leave the stream open.
            replies.cancel()  # type: ignore[attr-defined]

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
