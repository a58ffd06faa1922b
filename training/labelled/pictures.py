"""Finding pictures in a folder, and their sizes without decoding them."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from training.labelled.faults import Fault, FaultKind

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
"""File names that are taken for pictures: what both OpenCV and Pillow read and turn upright."""

_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)
_TAIL_BYTES = 64
_LAST_BYTES = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}


def is_picture(path: Path) -> bool:
    """Whether a file's name is that of a picture."""
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")


def pictures_in(folder: Path) -> list[Path]:
    """The pictures that lie in a folder itself, in the order of their names."""
    return sorted(path for path in folder.iterdir() if is_picture(path)) if folder.is_dir() else []


def measure(path: Path) -> tuple[int, int] | Fault:
    """Width and height of the upright picture in pixels, or what is wrong with it.

    Reads the header and the end of the file. Only a file that does not end as its format does is
    decoded, to see whether it breaks off: OpenCV would hand out such a JPEG with a grey part.
    """
    try:
        with Image.open(path) as picture:
            width, height = picture.size
            # Without this, Pillow would decode a PNG to look for an EXIF block behind its pixels.
            orientation = picture.getexif().get(_ORIENTATION) if "exif" in picture.info else None
            if not _ends_whole(path, picture.format):
                picture.load()
    except (UnidentifiedImageError, FileNotFoundError, PermissionError, IsADirectoryError) as error:
        size = path.stat().st_size if path.is_file() else 0
        return Fault(
            path,
            FaultKind.UNREADABLE_PICTURE,
            f"expected a picture, got a file of {size} bytes that is none ({type(error).__name__})",
        )
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return Fault(
            path,
            FaultKind.BROKEN_PICTURE,
            f"expected a whole picture, got one that cannot be decoded to its end ({error})",
        )
    return (height, width) if orientation in _SIDEWAYS else (width, height)


def _ends_whole(path: Path, image_format: str | None) -> bool:
    with path.open("rb") as file:
        file.seek(-min(_TAIL_BYTES, path.stat().st_size), os.SEEK_END)
        return _LAST_BYTES.get(image_format or "", b"\0no such end") in file.read()
