"""Pictures to send: of a recording, or drawn ones of the simulator's size and about its length."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from simulator_bridge.recording import read_recording

MAX_FRAMES = 200


def load_frames(recording: Path | None) -> list[bytes]:
    """Up to ``MAX_FRAMES`` different JPEG files.

    Args:
        recording: folder of a recording, whose frames are taken at even distances; without one
            320 x 160 pictures of about 14.5 kB are drawn.

    Raises:
        RecordingError: the recording cannot be read.
    """
    if recording is None:
        return [_draw(seed) for seed in range(MAX_FRAMES)]
    frames = read_recording(recording)
    step = max(len(frames) // MAX_FRAMES, 1)
    return [frame.image.read_bytes() for frame in frames[::step][:MAX_FRAMES]]


def _draw(seed: int) -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 255, (32, 64, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (320, 160), interpolation=cv2.INTER_CUBIC)
    # Quality 75, as the simulator encodes.
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 75])[1].tobytes()
