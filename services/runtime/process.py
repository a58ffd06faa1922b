"""A service as a process: logging, signals, exit code."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable

import cv2

from services.runtime.errors import StartError
from services.runtime.server import ServiceDefinition, serve
from services.runtime.settings import ServiceSettings

_log = logging.getLogger(__name__)


def run(settings: ServiceSettings, definition: ServiceDefinition) -> int:
    """Runs a service until SIGTERM or Ctrl-C.

    Returns:
        The exit code: 0 after an orderly end, 1 if the service could not start.
    """
    logging.basicConfig(
        level=settings.log_level,
        format="%(asctime)s %(levelname)s " + definition.endpoint.name + ": %(message)s",
    )
    # Several workers share the cores: OpenCV's own threads would only get in their way.
    cv2.setNumThreads(1)

    async def until_signal() -> None:
        await serve(settings, definition, _stop_on_signals())

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(until_signal())
    except StartError as error:
        _log.error("%s", error)
        return 1
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one (not on Windows): it takes a little off each request."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop
