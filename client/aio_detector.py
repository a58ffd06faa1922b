"""What the asyncio clients of all detectors have."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Any, Generic, TypeVar

import grpc.aio

from client.aio_base import AsyncClient
from client.choice import DEFAULT_CHOICE, Choice
from client.images import Picture

AnswerT = TypeVar("AnswerT")


class AsyncDetectorClient(AsyncClient, Generic[AnswerT]):
    """Calls a service that finds boxes from one event loop. An asynchronous context manager.

    Args:
        address: ``host:port`` of the service.
        timeout_s: deadline of each unary call in seconds, unless the call names its own.
        stub: makes the service's stub for a channel.
        model_info_request: makes what the service's ``GetModelInfo`` takes.
        request: makes what its ``Detect`` takes, of a picture, a choice and a frame's name.
        answer: reads what its ``Detect`` answers.
    """

    def __init__(
        self,
        address: str,
        timeout_s: float,
        stub: Callable[[grpc.aio.Channel], Any],
        model_info_request: Callable[[], Any],
        *,
        request: Callable[[Picture, Choice, str], object],
        answer: Callable[[Any], AnswerT],
    ) -> None:
        super().__init__(address, timeout_s, stub, model_info_request)
        self._request = request
        self._answer = answer

    async def detect(
        self,
        picture: Picture,
        frame_id: str = "",
        choice: Choice = DEFAULT_CHOICE,
        timeout_s: float | None = None,
    ) -> AnswerT:
        """What is in one picture.

        Raises:
            ServiceError: there was no answer; its subclasses say why.
        """
        request = self._request(picture, choice, frame_id)
        return self._answer(await self._call(self._stub.Detect, request, timeout_s))

    async def detect_stream(
        self, pictures: AsyncIterable[Picture], timeout_s: float, choice: Choice = DEFAULT_CHOICE
    ) -> AsyncIterator[AnswerT]:
        """What is in each of a stream of pictures, one answer each, in order.

        Args:
            pictures: the pictures; the next is taken as soon as the service can take it.
            timeout_s: deadline of the whole stream in seconds.
            choice: what is wanted of all that is found.

        Raises:
            ServiceError: the stream ended early; its subclasses say why.
        """

        async def requests() -> AsyncIterator[object]:
            async for picture in pictures:
                yield self._request(picture, choice, "")

        async for reply in self._stream(self._stub.DetectStream, requests(), timeout_s):
            yield self._answer(reply)
