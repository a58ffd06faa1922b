"""What the blocking clients of all detectors have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

import grpc

from client.choice import DEFAULT_CHOICE, Choice
from client.images import Picture
from client.sync_base import SyncClient

AnswerT = TypeVar("AnswerT")


class DetectorClient(SyncClient, Generic[AnswerT]):
    """Calls a service that finds boxes. Safe to use from several threads; a context manager.

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
        stub: Callable[[grpc.Channel], Any],
        model_info_request: Callable[[], Any],
        *,
        request: Callable[[Picture, Choice, str], object],
        answer: Callable[[Any], AnswerT],
    ) -> None:
        super().__init__(address, timeout_s, stub, model_info_request)
        self._request = request
        self._answer = answer

    def detect(
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
        return self._answer(self._call(self._stub.Detect, request, timeout_s))

    def detect_stream(
        self, pictures: Iterable[Picture], timeout_s: float, choice: Choice = DEFAULT_CHOICE
    ) -> Iterator[AnswerT]:
        """What is in each of a stream of pictures, one answer each, in order.

        Args:
            pictures: the pictures; taken in another thread, as soon as the service can take them.
            timeout_s: deadline of the whole stream in seconds.
            choice: what is wanted of all that is found.

        Raises:
            ServiceError: the stream ended early; its subclasses say why.
        """
        requests = (self._request(picture, choice, "") for picture in pictures)
        for reply in self._stream(self._stub.DetectStream, requests, timeout_s):
            yield self._answer(reply)
