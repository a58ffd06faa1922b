"""Steering over time: smoothing, the parts of a recording, blocks for validation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

SMOOTH_FRAMES = 9
TEST_SHARE = 0.2


def smooth(
    values: npt.NDArray[np.floating], segments: npt.NDArray[np.integer], frames: int = SMOOTH_FRAMES
) -> Floats:
    """Centred moving average that never reaches over a pause.

    At the ends of a segment the window is cut off there, so that the average is over fewer frames.

    Args:
        values: (N,).
        segments: (N,), the segment each row belongs to; rows of one segment are consecutive.
        frames: width of the window, odd; 1 leaves the values as they are.

    Returns:
        float32 (N,).

    Raises:
        ValueError: ``frames`` is not odd and above 0.
    """
    if frames < 1 or frames % 2 == 0:
        raise ValueError(f"expected an odd number of frames, got {frames}")
    half = frames // 2
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    rows = np.arange(len(values))
    begin, end = segment_bounds(segments)
    low = np.maximum(rows - half, begin)
    high = np.minimum(rows + half + 1, end)
    return np.asarray((total[high] - total[low]) / (high - low), np.float32)


def segment_bounds(segments: npt.NDArray[np.integer]) -> tuple[Rows, Rows]:
    """For every row the first row of its segment, and the first row after it; int64 (N,) each."""
    begin = np.searchsorted(segments, segments, side="left")
    end = np.searchsorted(segments, segments, side="right")
    return begin.astype(np.int64), end.astype(np.int64)


def split_test(count: int, share: float = TEST_SHARE) -> tuple[Rows, Rows]:
    """Rows that may be trained on, and the last ``share`` in time that never is."""
    first = count - round(count * share)
    return np.arange(first, dtype=np.int64), np.arange(first, count, dtype=np.int64)


def split_validation(
    count: int, share: float, block: int, guard: int, seed: int
) -> tuple[Rows, Rows]:
    """Cuts rows into blocks in time, and sets some of them apart for validation.

    Frames a moment apart look nearly the same, so rows drawn at random would be recognised rather
    than predicted. The ``guard`` rows of training beside a validation block belong to neither part.

    Args:
        count: number of rows.
        share: share of the blocks for validation, 0..1; at least one block, where there are two.
        block: rows of one block.
        guard: rows left out on each side of a validation block.
        seed: which blocks are taken.

    Returns:
        Training and validation rows, int64, rising.
    """
    number = np.arange(count) // block
    blocks = int(number[-1]) + 1 if count else 0
    if blocks < 2 or share <= 0:
        return np.arange(count, dtype=np.int64), np.zeros(0, np.int64)
    wanted = min(max(1, round(blocks * share)), blocks - 1)
    # Evenly spread from a random start: every part of the drive is seen by both sides.
    start = np.random.default_rng(seed).integers(blocks)
    chosen = (start + np.round(np.arange(wanted) * blocks / wanted).astype(int)) % blocks
    held = np.isin(number, chosen)
    near = np.convolve(held, np.ones(2 * guard + 1), mode="same") > 0 if guard else held
    return np.flatnonzero(~near).astype(np.int64), np.flatnonzero(held).astype(np.int64)
