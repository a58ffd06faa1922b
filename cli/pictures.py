"""The pictures that a command is about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from cli.errors import CommandError

PICTURES = (".jpg", ".jpeg", ".png")
VIDEOS = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg")
"""Endings of file names, in small letters."""


def find_pictures(places: Sequence[Path], endings: Sequence[str] = PICTURES) -> list[Path]:
    """The named files, and all files of the named folders with one of the endings, by name.

    Args:
        places: files and folders.
        endings: what files in folders are taken, JPEG and PNG unless given.

    Raises:
        CommandError: a place does not exist, or a folder holds no pictures.
    """
    pictures: list[Path] = []
    for place in places:
        if place.is_dir():
            found = sorted(path for path in place.iterdir() if path.suffix.lower() in endings)
            if not found:
                *others, last = endings
                kinds = f"{', '.join(others)} or {last}"
                raise CommandError(f"{place}: no {kinds} file in this folder")
            pictures += found
        elif place.is_file():
            pictures.append(place)
        else:
            raise CommandError(f"{place}: no such file or folder")
    return pictures


def _same_name(picture: Path) -> str:
    return picture.name


def ensure_written_apart(
    pictures: Sequence[Path],
    output: Path,
    name_of: Callable[[Path], str] = _same_name,
    others: Collection[str] = (),
) -> None:
    """Checks that a copy of each picture in ``output`` overwrites neither a picture nor a copy.

    Args:
        pictures: the pictures.
        output: folder of the copies.
        name_of: what the copy of a picture is called; as the picture unless given.
        others: what else is written there.

    Raises:
        CommandError: it would.
    """
    seen: set[str] = set()
    for picture in pictures:
        if picture.parent.resolve() == output.resolve():
            raise CommandError(f"{output}: the pictures themselves are in there; name another one")
        name = name_of(picture)
        if name in others:
            raise CommandError(
                f"{picture}: {output / name} is written for another purpose; rename it"
            )
        if name in seen:
            raise CommandError(f"two of the pictures are called {name}; do them in turn")
        seen.add(name)
