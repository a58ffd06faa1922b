"""Reads the progress that a practice simulator in another process tells."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator

from cli.processes import Child
from practice_simulator import DriveProgress

_WAIT_SECONDS = 0.2


class Steps:
    """The steps of a drive, as the child prints them with ``--progress json``.

    Attributes:
        ended: whether the child has closed its output.
    """

    def __init__(self, simulator: Child) -> None:
        self.ended = False
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # A thread, because a pipe cannot be waited on with a time limit on every system.
        threading.Thread(target=self._read, args=(simulator,), daemon=True).start()

    def newest(self) -> Iterator[DriveProgress]:
        """The steps since the last call; waits a moment for the first."""
        try:
            line = self._lines.get(timeout=_WAIT_SECONDS)
            while line is not None:
                yield DriveProgress(**json.loads(line))
                line = self._lines.get_nowait()
        except queue.Empty:
            return
        self.ended = True

    def _read(self, simulator: Child) -> None:
        assert simulator.popen.stdout is not None
        for line in simulator.popen.stdout:
            self._lines.put(line)
        self._lines.put(None)
