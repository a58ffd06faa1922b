"""Ctrl-C, SIGTERM and a closed terminal as one exception, so that all of them clean up alike."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Interrupted(BaseException):
    """Somebody wants this to end. Not an ``Exception``: nothing should swallow it on the way.

    Attributes:
        exit_code: what a shell expects of a program that a signal ended.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class Interruptions:
    """While entered, the signals that end a program raise :class:`Interrupted` instead.

    They are kept back inside of :meth:`postponed`, so that a child that was just started cannot be
    lost between its start and the moment somebody knows of it.
    """

    def __init__(self) -> None:
        self._postponed = 0
        self._pending: int | None = None
        self._previous: dict[int, signal.Handlers] = {}

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._previous[number] = signal.signal(number, self._handle)  # type: ignore[assignment]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @contextmanager
    def postponed(self) -> Iterator[None]:
        """Signals that come inside are raised at its end."""
        self._postponed += 1
        try:
            yield
        finally:
            self._postponed -= 1
            if self._pending is not None and not self._postponed:
                number, self._pending = self._pending, None
                raise Interrupted(number)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self._postponed:
            self._pending = number
        else:
            raise Interrupted(number)
