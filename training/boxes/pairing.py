"""Pairs pictures with label files of the same name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.labelled.faults import Fault, FaultKind
from training.labelled.layout import Part, labels_in
from training.labelled.pictures import measure, pictures_in
from training.labelled.progress import shown


@dataclass(frozen=True)
class Pair:
    """A picture that can be read, and its label file, which exists.

    Attributes:
        picture: the picture's file.
        width: in pixels, upright.
        height: in pixels, upright.
        label_file: the label file.
    """

    picture: Path
    width: int
    height: int
    label_file: Path


def pair(part: Part, suffix: str, faults: list[Fault]) -> Iterator[Pair]:
    """The pairs of a part; what has no partner, or cannot be read, is noted in ``faults``."""
    pictures = pictures_in(part.pictures)
    stems = Counter(path.stem for path in pictures)
    for label_file in labels_in(part.labels, suffix):
        if label_file.stem not in stems:
            message = f"expected a picture of the same name in {part.pictures}, found none"
            faults.append(Fault(label_file, FaultKind.NO_PICTURE, message))
    for path in shown(pictures, f"reading {part.pictures}"):
        label_file = part.labels / f"{path.stem}{suffix}"
        if stems[path.stem] > 1:
            message = f"expected one picture for {label_file.name}, found {stems[path.stem]}"
            faults.append(Fault(path, FaultKind.SAME_NAME, message))
            continue
        found = pair_up(path, label_file)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            yield found


def pair_up(picture: Path, label_file: Path) -> Pair | Fault:
    """A picture with the label file that belongs to it, or what stands against that."""
    if not label_file.exists():
        message = f"expected the label file {label_file}, found none"
        return Fault(picture, FaultKind.NO_LABEL_FILE, message)
    size = measure(picture)
    return size if isinstance(size, Fault) else Pair(picture, *size, label_file)
