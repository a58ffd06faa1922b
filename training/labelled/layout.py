"""Where pictures and label files lie in a folder, and the parts that a set is divided into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.labelled.pictures import is_picture

PARTS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}
"""Names of folders that hold a part of a set, and what we call it."""

PART_ORDER = ("", "train", "val", "test")
"""The parts of a set in their usual order; empty: the set is not divided."""

_NO_LABELS = ("classes", "predefined_classes", "train", "valid", "val", "test", "notes", "license")


Belong = Callable[[Path, Path], bool]
"""Whether the second folder has labels of pictures in the first; either may not exist."""


@dataclass(frozen=True)
class Part:
    """Pictures and their label files.

    Attributes:
        name: ``train``, ``val``, ``test``, or empty where the set is not divided.
        pictures: the folder of the pictures.
        labels: the folder of the label files; may be the same.
    """

    name: str
    pictures: Path
    labels: Path


def find_parts(
    folder: Path, picture_folders: Sequence[str], label_folders: Sequence[str], belong: Belong
) -> list[Part]:
    """The parts of a set that have labels of their pictures.

    Found are ``images/`` and ``labels/`` (or what else they may be called), both in one folder, and
    either of these in ``train/``, ``val/`` ...; also ``images/train/`` and ``labels/train/``.

    Args:
        folder: the set.
        picture_folders: what a folder of pictures may be called.
        label_folders: what a folder of label files may be called.
        belong: tells whether a folder has labels of another one's pictures.
    """
    whole = _part("", folder, picture_folders, label_folders, belong)
    if whole:
        return [whole]
    inner = [
        _part(name, sub, picture_folders, label_folders, belong)
        for name, sub in part_folders(folder)
    ]
    for pictures in picture_folders:
        for name, sub in part_folders(folder / pictures):
            beside = [
                folder / labels / sub.name
                for labels in label_folders
                if belong(sub, folder / labels / sub.name)
            ]
            if beside:
                inner.append(Part(name, sub, beside[0]))
    return [part for part in inner if part]


def name_folders(folder: Path, parts: Sequence[Part]) -> list[Path]:
    """Where a file with the names of the classes may lie; for a part, beside the part too."""
    places = [folder, *(place for part in parts for place in (part.labels, part.pictures))]
    return [*places, folder.absolute().parent] if folder.name.lower() in PARTS else places


def set_name(folder: Path) -> str:
    """The folder's name; that of a part alone would not say of which set."""
    path = folder.absolute()
    return f"{path.parent.name}/{path.name}" if path.name.lower() in PARTS else path.name


def part_folders(folder: Path) -> list[tuple[str, Path]]:
    """The folders of parts that a folder has, with what we call the part."""
    if not folder.is_dir():
        return []
    return [
        (PARTS[sub.name.lower()], sub)
        for sub in sorted(folder.iterdir())
        if sub.is_dir() and sub.name.lower() in PARTS
    ]


def files_with_suffix(suffix: str) -> Belong:
    """Labels are files with this ending, as ``.txt``, and the name of a picture."""

    def belong(pictures: Path, labels: Path) -> bool:
        if not (pictures.is_dir() and labels.is_dir()):
            return False
        stems = {path.stem for path in pictures.iterdir() if is_picture(path)}
        return any(path.suffix == suffix and path.stem in stems for path in labels.iterdir())

    return belong


def is_label(path: Path, suffix: str) -> bool:
    """Whether a file's name is that of a label file, and not of names, lists or notes."""
    stem = path.stem.lower()
    return path.suffix == suffix and stem not in _NO_LABELS and not stem.startswith(("readme", "."))


def labels_in(folder: Path, suffix: str) -> list[Path]:
    """The label files of a folder, in the order of their names."""
    return sorted(path for path in folder.iterdir() if is_label(path, suffix))


def first_file(candidates: Iterable[Path]) -> Path | None:
    """The first that is a file, or ``None``. Paths may be any text that stood in a label file."""
    for candidate in candidates:
        try:
            if candidate.is_file():
                return candidate
        except OSError:
            # A name that no system would take, as one of a thousand letters.
            continue
    return None


def _part(
    name: str,
    folder: Path,
    picture_folders: Sequence[str],
    label_folders: Sequence[str],
    belong: Belong,
) -> Part | None:
    """One part whose pictures and label files lie right here, or ``None``."""
    for pictures in [*(folder / sub for sub in picture_folders), folder]:
        for labels in [*(folder / sub for sub in label_folders), pictures, folder]:
            if belong(pictures, labels):
                return Part(name, pictures, labels)
    return None
