"""The pictures that a command is about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cli.errors import CommandError

_ENDINGS = {".jpg", ".jpeg", ".png"}


def find_pictures(places: Sequence[Path]) -> list[Path]:
    """The named files, and all JPEG and PNG files of the named folders, by name.

    Raises:
        CommandError: a place does not exist, or a folder holds no pictures.
    """
    pictures: list[Path] = []
    for place in places:
        if place.is_dir():
            found = sorted(path for path in place.iterdir() if path.suffix.lower() in _ENDINGS)
            if not found:
                raise CommandError(f"{place}: no .jpg, .jpeg or .png file in this folder")
            pictures += found
        elif place.is_file():
            pictures.append(place)
        else:
            raise CommandError(f"{place}: no such file or folder")
    return pictures


def ensure_written_apart(pictures: Sequence[Path], output: Path) -> None:
    """Checks that a copy of each picture in ``output`` overwrites neither a picture nor a copy.

    Raises:
        CommandError: it would.
    """
    seen: set[str] = set()
    for picture in pictures:
        if picture.parent.resolve() == output.resolve():
            raise CommandError(f"{output}: the pictures themselves are in there; name another one")
        if picture.name in seen:
            raise CommandError(f"two of the pictures are called {picture.name}; do them in turn")
        seen.add(picture.name)
