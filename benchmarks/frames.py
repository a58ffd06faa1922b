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


def load_pictures(folder: Path | None) -> list[bytes]:
    """Up to ``MAX_FRAMES`` JPEG files.

    Args:
        folder: of JPEG files, which are taken at even distances; without one 20 pictures of
            640 x 480 are drawn.

    Raises:
        FileNotFoundError: there are no JPEG files in the folder.
    """
    if folder is None:
        return [_draw(seed, (640, 480), 90) for seed in range(20)]
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    if not paths:
        raise FileNotFoundError(f"{folder}: no .jpg or .jpeg file in this folder")
    step = max(len(paths) // MAX_FRAMES, 1)
    return [path.read_bytes() for path in paths[::step][:MAX_FRAMES]]


def _draw(seed: int, size: tuple[int, int] = (320, 160), quality: int = 75) -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 255, (32, 64, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    # The simulator encodes with quality 75.
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
