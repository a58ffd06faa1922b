"""What every asyncio client has: the channel, deadlines, typed errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
import grpc.aio

from client.channel import CHANNEL_OPTIONS
from client.errors import from_rpc_error
from client.replies import ModelInfo

ReplyT = TypeVar("ReplyT")


class AsyncClient:
    """Calls one service from one event loop. An asynchronous context manager.

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
        stub: Callable[[grpc.aio.Channel], Any],
        model_info_request: Callable[[], Any],
    ) -> None:
        self.address = address
        self._timeout_s = timeout_s
        self._channel = grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
        self._stub = stub(self._channel)
        self._model_info_request = model_info_request

    async def model_info(self, timeout_s: float | None = None) -> ModelInfo:
        """The model that is served and the execution provider that runs it.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        reply = await self._call(self._stub.GetModelInfo, self._model_info_request(), timeout_s)
        return ModelInfo.from_message(reply.model_info)

    async def _call(
        self, method: Callable[..., Awaitable[ReplyT]], request: object, timeout_s: float | None
    ) -> ReplyT:
        try:
            return await method(
                request, timeout=self._timeout_s if timeout_s is None else timeout_s
            )
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.address) from error

    async def _stream(
        self,
        method: Callable[..., AsyncIterator[ReplyT]],
        requests: AsyncIterator[object],
        timeout_s: float,
    ) -> AsyncIterator[ReplyT]:
        try:
            async for reply in method(requests, timeout=timeout_s):
                yield reply
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.address) from error

    async def close(self) -> None:
        """Closes the connection."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
