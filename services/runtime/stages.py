"""Measures where the time of one request goes."""

from __future__ import annotations

import time
from typing import Literal

from protos.common.v1 import common_pb2

Stage = Literal["decode", "queue", "preprocess", "inference", "postprocess"]


class StageClock:
    """A stop watch with laps: each ends one stage of a request and begins the next."""

    def __init__(self) -> None:
        self.seconds: dict[Stage, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: Stage) -> None:
        """Books the time since the last lap (or the start) to ``stage``."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now

    def write_to(self, timing: common_pb2.Timing) -> None:
        """Writes the stages so far into the contract's message, in milliseconds."""
        for stage, seconds in self.seconds.items():
            setattr(timing, f"{stage}_ms", seconds * 1000)
