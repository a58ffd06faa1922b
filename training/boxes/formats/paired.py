"""Reads the formats that have a label file of its own for each picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.boxes.pairing import Pair, pair
from training.boxes.raw import RawBox, RawPicture, RawSet
from training.labelled.faults import Fault
from training.labelled.layout import files_with_suffix, find_parts, name_folders
from training.labelled.names import find_names

ReadFile = Callable[[Pair, list[Fault]], tuple[RawBox, ...] | None]
"""The boxes of one label file, or ``None`` if it cannot be used; faults are added to the list."""


@dataclass(frozen=True)
class PairedLayout:
    """Where a format keeps its files.

    Attributes:
        picture_folders: names of the folder with the pictures, the usual one first.
        label_folders: names of the folder with the label files, the usual one first.
        suffix: of the label files.
    """

    picture_folders: tuple[str, ...]
    label_folders: tuple[str, ...]
    suffix: str


def read_paired(folder: Path, layout: PairedLayout, read_file: ReadFile) -> RawSet | None:
    """Reads a folder, or returns ``None`` if nothing in it is laid out like this."""
    belong = files_with_suffix(layout.suffix)
    parts = find_parts(folder, layout.picture_folders, layout.label_folders, belong)
    if not parts:
        return None
    raw = RawSet(find_names(name_folders(folder, parts)))
    for part in parts:
        for found in pair(part, layout.suffix, raw.faults):
            boxes = read_file(found, raw.faults)
            if boxes is not None:
                raw.pictures.append(
                    RawPicture(
                        found.picture,
                        found.width,
                        found.height,
                        boxes,
                        found.label_file,
                        part.name,
                    )
                )
    return raw
