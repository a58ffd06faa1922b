"""Pictures of a recording as patches: cropped, scaled, and kept decoded on the disk.

A patch is the network's input with a margin above and below it, so that an augmentation can turn
and shift the view and still finds pixels there. Without augmentation the middle of the
patch *is* what :func:`vision.preprocessing.crop_and_resize` gives for serving, pixel for pixel.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from rich.progress import track

from training.errors import RecordingError
from training.steering.camera import SIMULATOR_CAMERA
from training.steering.recordings import CAMERAS, DroppedRow, Recording
from vision.preprocessing import Crop, UInt8Image, crop_and_resize

logger = logging.getLogger(__name__)

INPUT_WIDTH = 200
INPUT_HEIGHT = 66
CROP = Crop(top=60 / 160, bottom=25 / 160)
"""Above the horizon (row 61) there is no road, below row 135 there is the bonnet."""

_MARGIN_SHARE = 1 / 3
"""Height of a margin as a share of the crop's: 25 rows of the picture, 22 of the patch. A whole
number of both, so that scaling samples the same points with and without margins."""
_VERSION = 1

Matrix = npt.NDArray[np.float64]


def patch_crop() -> Crop:
    """The crop of a patch: the model's, with a margin above and below."""
    margin = (1 - CROP.top - CROP.bottom) * _MARGIN_SHARE
    return Crop(top=CROP.top - margin, bottom=max(0.0, CROP.bottom - margin))


MARGIN_ROWS = round(INPUT_HEIGHT * _MARGIN_SHARE)
PATCH_HEIGHT = INPUT_HEIGHT + 2 * MARGIN_ROWS


def to_patch(picture: UInt8Image) -> UInt8Image:
    """Crops and scales a picture with margins.

    Args:
        picture: uint8 (160, 320, 3).

    Returns:
        uint8 (110, 200, 3).
    """
    return crop_and_resize(picture, patch_crop(), INPUT_WIDTH, PATCH_HEIGHT)


def to_input(patch: UInt8Image) -> UInt8Image:
    """The network's input in the middle of a patch: uint8 (66, 200, 3)."""
    return patch[MARGIN_ROWS : MARGIN_ROWS + INPUT_HEIGHT]


def picture_to_patch() -> Matrix:
    """float64 (3, 3): pixel of a picture to pixel of its patch."""
    height = SIMULATOR_CAMERA.height
    first, end = patch_crop().rows(height)
    across = INPUT_WIDTH / SIMULATOR_CAMERA.width
    down = PATCH_HEIGHT / (end - first)
    # A pixel's middle is at +0.5, so scaling keeps (x + 0.5) in proportion.
    return np.array(
        [
            [across, 0.0, across / 2 - 0.5],
            [0.0, down, (0.5 - first) * down - 0.5],
            [0.0, 0.0, 1.0],
        ]
    )


@dataclass(frozen=True)
class PatchStore:
    """A recording with its decoded patches.

    Attributes:
        recording: only rows whose pictures could be read.
        patches: uint8 (N, 3, 110, 200, 3), BGR; centre, left, right. On the disk, read as needed.
        has_camera: bool (N, 3), False where a side picture is missing.
    """

    recording: Recording
    patches: npt.NDArray[np.uint8]
    has_camera: npt.NDArray[np.bool_]


def load_patches(recording: Recording, cache: Path) -> PatchStore:
    """Decodes a recording once and keeps the patches below ``cache``.

    Rows whose centre picture cannot be read, or is not 320x160, are dropped and noted.

    Raises:
        RecordingError: no picture can be read.
    """
    folder = cache / _key(recording)
    done = folder / "rows.json"
    if not done.is_file():
        _decode_all(recording, folder)
    state = json.loads(done.read_text())
    shape = (len(recording), len(CAMERAS), PATCH_HEIGHT, INPUT_WIDTH, 3)
    patches = np.memmap(folder / "patches.u8", np.uint8, mode="r", shape=shape)
    has_camera = np.array(state["has_camera"], bool)
    good = np.flatnonzero(has_camera[:, 0])
    if not len(good):
        raise RecordingError(f"{recording.folder}: not one of its pictures can be read")
    if len(good) == len(recording):
        return PatchStore(recording, patches, has_camera)
    lost = [DroppedRow(0, "the centre picture cannot be read")] * (len(recording) - len(good))
    logger.warning("%s: %d centre pictures cannot be read", recording.folder, len(lost))
    return PatchStore(recording.select(good, lost), patches[good], has_camera[good])


def _key(recording: Recording) -> str:
    digest = hashlib.sha256(f"{_VERSION} {CROP} {PATCH_HEIGHT} {INPUT_WIDTH}".encode())
    for row in recording.pictures:
        digest.update("\n".join(str(path.resolve()) for path in row if path).encode())
    first = recording.pictures[0][0].stat()
    digest.update(f"{first.st_size} {first.st_mtime_ns}".encode())
    return f"{recording.folder.resolve().name}-{digest.hexdigest()[:16]}"


def _decode_all(recording: Recording, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    has_camera = np.zeros((len(recording), len(CAMERAS)), bool)
    with (folder / "patches.u8").open("wb") as file, ThreadPoolExecutor() as pool:
        rows = track(
            _in_chunks(pool, recording),
            total=len(recording),
            description=f"decoding {recording.name}",
        )
        for row, patches in enumerate(rows):
            for camera, patch in enumerate(patches):
                has_camera[row, camera] = patch is not None
                blank = np.zeros((PATCH_HEIGHT, INPUT_WIDTH, 3), np.uint8)
                file.write((blank if patch is None else patch).tobytes())
    # Written last and in one step: a cache that was cut short is decoded anew.
    fresh = folder / "rows.json.new"
    fresh.write_text(json.dumps({"has_camera": has_camera.tolist()}))
    os.replace(fresh, folder / "rows.json")


def _in_chunks(
    pool: ThreadPoolExecutor, recording: Recording, size: int = 256
) -> Iterator[list[UInt8Image | None]]:
    for start in range(0, len(recording), size):
        yield from pool.map(_decode_row, recording.pictures[start : start + size])


def _decode_row(row: tuple[Path, Path | None, Path | None]) -> list[UInt8Image | None]:
    return [_decode(path) for path in row]


def _decode(path: Path | None) -> UInt8Image | None:
    if path is None:
        return None
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None or picture.shape[:2] != (SIMULATOR_CAMERA.height, SIMULATOR_CAMERA.width):
        return None
    return to_patch(np.asarray(picture, np.uint8))
