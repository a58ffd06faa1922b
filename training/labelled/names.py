"""Names of the classes: found in the files that labelling tools leave beside the labels."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from training.labelled.faults import LabelError

NAME_FILES = ("classes.txt", "obj.names", "_darknet.labels", "predefined_classes.txt")
"""Files with a name a line, as labelImg, darknet and Roboflow call them."""

YAML_FILES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
"""Files of Ultralytics' form, with the names as a list or by class id."""


def find_names(folders: Iterable[Path]) -> tuple[str, ...] | None:
    """The names in the first folder that has a file of them, or ``None``.

    Raises:
        LabelError: such a file cannot be read.
    """
    for folder in folders:
        for file_name in NAME_FILES:
            if (folder / file_name).is_file():
                return read_name_list(folder / file_name)
        for file_name in YAML_FILES:
            if (folder / file_name).is_file():
                return _read_yaml(folder / file_name)
    return None


def read_name_list(path: Path) -> tuple[str, ...]:
    """The names in a file of a name a line; empty lines at the end do not count.

    Raises:
        LabelError: the file is not UTF-8 text, has no name, a name twice, or a gap.
    """
    names = tuple(line.strip() for line in read_text(path).rstrip().splitlines())
    return _checked(names, path)


def write_name_list(names: Iterable[str], path: Path) -> None:
    """Writes a file of a name a line."""
    path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def read_text(path: Path) -> str:
    """A text file that has to be there, with or without a byte order mark.

    Raises:
        LabelError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(f"{path}: expected a UTF-8 text file that can be read: {error}") from error


def _read_yaml(path: Path) -> tuple[str, ...]:
    try:
        content: Any = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise LabelError(f"{path}: expected YAML, got {reason}") from error
    names = content.get("names") if isinstance(content, dict) else None
    if isinstance(names, dict) and sorted(names) == list(range(len(names))):
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list):
        raise LabelError(
            f"{path}: expected `names:` with a list, or with a name for each class from 0 on, "
            f"got {names!r}"
        )
    return _checked(tuple(str(name).strip() for name in names), path)


def _checked(names: tuple[str, ...], path: Path) -> tuple[str, ...]:
    if not names or "" in names or len(set(names)) < len(names):
        raise LabelError(
            f"{path}: expected a different name for every class, got {', '.join(map(repr, names))}"
        )
    return names
